using LayerGrad.Cli;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Gradients;
using LayerGrad.Measuring;
using LayerGrad.Models;
using LayerGrad.Runs;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Support;
using LayerGrad.Torch.Loading;
using LayerGrad.Torch.Tests.Support;

namespace LayerGrad.Torch.Tests.Measuring;

/// <summary>Whole commands on <c>--device torch</c>, as the program runs them.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class TorchRunTests : IDisposable
{
    private static readonly string s_demo = Path.Combine(Shared.Repository, "demo");

    private readonly TemporaryFolder _folder = new();

    public TorchRunTests() => TorchDevices.Register();

    /// <inheritdoc />
    public void Dispose() => _folder.Dispose();

    [TorchTheory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    public void A_run_gives_the_same_bytes_twice_and_its_metadata_say_what_computed(Precision precision)
    {
        MeasureRun.Execute(Options("one", precision));
        MeasureRun.Execute(Options("two", precision));
        File.ReadAllBytes(_folder.At("one.jsonl")).SequenceEqual(File.ReadAllBytes(_folder.At("two.jsonl"))).ShouldBeTrue();
        var metadata = RunMetadata.Read(_folder.At("one.meta.json"));
        metadata.Device.ShouldBe("torch on 2 threads");
        metadata.Devices.ShouldHaveSingleItem().ShouldContain($"libtorch {LibTorch.Loaded.Version}, {precision.NameOf()}");
        MeasureRun.Execute(Options("one", precision)).NothingToDo.ShouldBeTrue();
    }

    [TorchFact]
    public void A_run_does_not_go_on_on_another_kind_of_device()
    {
        MeasureRun.Execute(Options("run", Precision.Float32));
        Should.Throw<InputException>(() => MeasureRun.Execute(Options("run", Precision.Float32) with { Device = "cpu" })).Message
            .ShouldContain("--device was torch on 2 threads and is now cpu");
        Should.Throw<InputException>(() => MeasureRun.Execute(Options("run", Precision.Float32) with { Threads = 1 })).Message
            .ShouldContain("--device was torch on 2 threads and is now torch on 1 threads");
    }

    [TorchTheory]
    [InlineData("q_proj", "--precision", "tf32", "the device torch computes in fp64, fp32 and bf16")]
    [InlineData("q_proj", "--host-memory", "1GiB", "the device torch computes in the host's memory")]
    [InlineData("q_proj", "--devices", "torch,cpu", "differ in the last bits")]
    public void What_it_does_not_have_is_refused_in_one_line(string weights, string option, string value, string expected)
    {
        string[] device = option == "--devices" ? [] : ["--device", "torch"];
        var (status, _, error) = CommandLineRun.Of(
            ["measure", "--model", Path.Combine(s_demo, "model"), "--data", Data, "--out", _folder.At("refused.jsonl"), "--weights", weights, .. device, option, value]);
        status.ShouldBe(CommandLine.WrongInput);
        error.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldHaveSingleItem().ShouldContain(expected);
        File.Exists(_folder.At("refused.jsonl")).ShouldBeFalse();
    }

    [TorchFact]
    public void Every_command_that_takes_a_device_computes_on_it()
    {
        string[] device = ["--device", "torch"];
        var model = Path.Combine(s_demo, "model");
        Succeeds(["kernel", "--model", model, "--data", Data, "--limit", "3", "--by", "sum", "--out", _folder.At("kernel.npy"), "--quiet", .. device, "--precision", "bf16"]);
        File.Exists(_folder.At("kernel.npy")).ShouldBeTrue();
        Succeeds(["inspect", model, .. device]).ShouldContain("bf16");
        Succeeds(["generate", model, "--prompt", "What is 3 + 4?", "--max-tokens", "2", .. device, "--precision", "bf16"]).ShouldNotBeEmpty();
        Succeeds(
            ["train", "--model", model, "--data", Data, "--out", _folder.At("trained"), "--steps", "2", "--batch", "2", "--probe", Data, "--every", "2", "--max-length", "64", "--quiet", .. device]);
        File.ReadLines(_folder.At("trained/losses.jsonl")).Count().ShouldBe(2);
    }

    [TorchFact]
    public void Doctor_says_what_is_loaded() => Succeeds(["doctor"]).ShouldContain($"libtorch {LibTorch.Loaded.Version} in {LibTorch.Loaded.Folder}");

    /// <summary>Work space is planned as a bound, so the peak may lie below the plan, and what a plan allows is there.</summary>
    [TorchTheory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Float64)]
    public void A_run_takes_no_more_than_its_plan(Precision precision)
    {
        using var model = ModelLoader.Open(Path.Combine(s_demo, "model"));
        if (precision == Precision.Float64)
            TakesNoMoreThanItsPlan<double>(model, precision);
        else
            TakesNoMoreThanItsPlan<float>(model, precision);
    }

    private static string Data => Path.Combine(s_demo, "data", "heldout_none.json");

    private static string Succeeds(string[] arguments)
    {
        var (status, output, error) = CommandLineRun.Of(arguments);
        status.ShouldBe(CommandLine.Done, error);
        return output;
    }

    private static void TakesNoMoreThanItsPlan<T>(LoadedModel model, Precision precision)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        const int Examples = 3, Length = 100;
        var machine = new DeviceOptions("torch", Threads: 2, Precision: precision);
        var (specification, source) = (model.Specification, model.Parameters<T>());
        var weights = WeightSelector.Parse(specification, "all", splitFused: false);
        var sizes = new MemorySizes<T>(specification, Length, DeviceFactory.Sizes<T>(machine), StatisticsSink<T>.Planned(weights), source: source);
        var plan = MemoryPlan.Create(sizes, 4L << 30, tokenBudget: Examples * Length);
        using var device = DeviceFactory.Create<T>(machine);
        using (var decoder = new Decoder<T>(device, specification, new WeightStore<T>(device, specification, source, plan), plan.KeptLayers))
        {
            var random = new Random(3);
            var ids = Enumerable.Range(0, Examples).Select(_ => Enumerable.Range(0, Length).Select(_ => random.Next(specification.VocabularySize)).ToArray());
            decoder.Backward(new PackedBatch([.. ids.Select(example => (example, 1))]), new StatisticsSink<T>(device, weights));
        }

        var planned = plan.Parts.Where(part => part.Name != MemorySizes<T>.Program).Sum(part => part.Bytes);
        ((double)device.Peak / planned).ShouldBeInRange(0.5, 1.0);
        device.Dispose();
        device.Allocated.ShouldBe(0);
    }

    private MeasureRunOptions Options(string name, Precision precision) => new()
    {
        Model = Path.Combine(s_demo, "model"),
        Data = Data,
        Out = _folder.At($"{name}.jsonl"),
        Limit = 8,
        Device = "torch",
        Threads = 2,
        Measurement = new MeasurementSpecification { Precision = precision },
    };
}
