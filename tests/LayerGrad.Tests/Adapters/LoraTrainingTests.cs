using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Checkpoints.Adapters;
using LayerGrad.Compute;
using LayerGrad.Measuring;
using LayerGrad.Runs;
using LayerGrad.Tests.Support;
using LayerGrad.Training;
using LayerGrad.Training.Lora;
using LayerGrad.Training.Optimizers;

namespace LayerGrad.Tests.Adapters;

/// <summary><c>train --lora</c>: what is written, what is read back, and what is refused.</summary>
public sealed class LoraTrainingTests
{
    private const string Settings = "r=8,alpha=16,target=q_proj,v_proj";

    private static readonly string s_examples = Shared.Path("reference", "examples.json");

    [SharedTheory]
    [InlineData(Precision.Float64, "tiny/llama3.1", Settings)]
    [InlineData(Precision.Float32, "today/gpt2", "r=2,alpha=5,target=c_attn,c_fc")]
    [InlineData(Precision.Float64, "quantised/bnb-nf4-double", Settings)]
    [InlineData(Precision.Float32, "quantised/gptq-g32-act-order", Settings)]
    public void Read_back_it_has_the_losses_that_the_training_ended_with(Precision precision, string model, string settings)
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder, model, settings, precision);
        TrainingRun.Execute(options);
        var measured = MeasureRun.Execute(new MeasureRunOptions
        {
            Model = options.Model!,
            Adapter = options.Out,
            Data = folder.At("short.json"),
            Out = folder.At("run.jsonl"),
            Measurement = options.Measurement,
            Threads = 1,
            Memory = 2L << 30,
        });

        var probed = Losses(Path.Combine(options.Out, "probes", "short.jsonl"));
        var read = Losses(measured.Paths.Lines);
        read.Count.ShouldBe(3);
        read.ShouldBe(probed.TakeLast(3).ToList()); // bit for bit
        Math.Abs(read[0] - probed[0]).ShouldBeGreaterThan(1e-3); // and not those of the base
    }

    [SharedFact]
    public void It_has_the_layout_of_an_adapter_of_peft()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder, "tiny/llama3.1", Settings, Precision.Float32) with { Steps = 1, Probes = [] };
        TrainingRun.Execute(options);
        using var ours = Adapter.Open("ours", options.Out);
        using var theirs = Adapter.Open("theirs", Shared.Path("adapters", "llama3.1-qv"));
        ours.Tensors.Values.Select(tensor => (tensor.Info.Name, tensor.Info.DType, string.Join('x', tensor.Info.Shape)))
            .ShouldBe(theirs.Tensors.Values.Select(tensor => (tensor.Info.Name, tensor.Info.DType, string.Join('x', tensor.Info.Shape))));
        Config(options.Out).EnumerateObject().Select(field => (field.Name, Said(field)))
            .ShouldBe(Config(Shared.Path("adapters", "llama3.1-qv")).EnumerateObject().Select(field => (field.Name, Said(field))));

        static JsonElement Config(string folder) => JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "adapter_config.json"))).RootElement;
        static string Said(JsonProperty field) => field.Name is "base_model_name_or_path" or "lora_dropout" ? "" : field.Value.GetRawText().Replace(" ", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);
    }

    [SharedFact]
    public void One_that_was_interrupted_ends_with_the_bits_of_an_undisturbed_one()
    {
        using var folder = new TemporaryFolder();
        var options = Options(folder, "tiny/llama3.1", "r=2,target=all-linear", Precision.Float32) with { SaveEvery = 2 };
        TrainingRun.Execute(options);
        var parts = options with { Out = folder.At("parts"), Resume = true };
        using var cancel = new CancellationTokenSource();
        Should.Throw<OperationCanceledException>(() => TrainingRun.Execute(parts, new Stopper(cancel), cancel.Token));
        TrainingRun.Execute(parts).StepsNow.ShouldBe(2);
        foreach (var file in new[] { "adapter_model.safetensors", "losses.jsonl", "state/model.safetensors" })
            File.ReadAllBytes(Path.Combine(parts.Out, file)).ShouldBe(File.ReadAllBytes(Path.Combine(options.Out, file)), file);
        Should.Throw<InputException>(() => TrainingRun.Execute(parts with { Lora = LoraOptions.Parse("r=4,target=all-linear") })).Message.ShouldContain("--lora");
    }

    [SharedTheory]
    [InlineData("target=q_proj", "r is missing")]
    [InlineData("r=8", "target is missing")]
    [InlineData("r=0,target=q_proj", "'r=0' is not understood")]
    [InlineData("r=8,beta=2,target=q_proj", "'beta=2' is not understood")]
    [InlineData("r=2,target=proj", "names no linear layer of this model; there are q_proj, k_proj")]
    public void Settings_that_say_nothing_are_refused(string settings, string said)
    {
        using var folder = new TemporaryFolder();
        Should.Throw<InputException>(() => TrainingRun.Execute(Options(folder, "tiny/llama3.1", settings, Precision.Float32))).Message.ShouldContain(said);
    }

    private static TrainingOptions Options(TemporaryFolder folder, string model, string settings, Precision precision)
    {
        // The shortest of the examples, so that a step takes little.
        var texts = JsonDocument.Parse(File.ReadAllText(s_examples)).RootElement.EnumerateArray().Select(example => example.GetRawText()).OrderBy(text => text.Length).Take(3);
        var data = folder.Write("short.json", $"[{string.Join(',', texts)}]");
        return new TrainingOptions
        {
            Model = Shared.Path(["models", .. model.Split('/')]),
            Lora = LoraOptions.Parse(settings),
            Data = [data],
            Probes = [data],
            Out = folder.At("out"),
            Steps = 4,
            Batch = 2,
            Optimizer = new OptimizerOptions { LearningRate = 1e-2 },
            Measurement = new() { Precision = precision },
            Threads = 1,
            Memory = 2L << 30,
        };
    }

    private static List<double> Losses(string run) => [.. File.ReadLines(run).Select(line => JsonDocument.Parse(line).RootElement.GetProperty(RunKeys.Loss).GetDouble())];

    private sealed class Stopper(CancellationTokenSource cancel) : ITrainingObserver
    {
        public void Started(TrainingPlan plan)
        {
        }

        public void Stepped(TrainingProgress progress)
        {
            if (progress.Step == 2)
                cancel.Cancel();
        }

        public void Probed(int step, string run, double loss)
        {
        }

        public void Saved(int step)
        {
        }
    }
}
