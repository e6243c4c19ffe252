using LayerGrad.Checkpoints;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Examples;
using LayerGrad.Gradients;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Models;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>Quantised weights that are held in memory as they are stored.</summary>
public sealed class HeldWeightsTests
{
    private const int Tokens = 1024;

    [SharedTheory]
    [InlineData("awq-gemm-g128")]
    [InlineData("bnb-int8")]
    [InlineData("bnb-nf4-double")]
    [InlineData("ct-int4-asym")]
    [InlineData("ct-mxfp4")]
    [InlineData("fp8-block-moe")]
    [InlineData("gptq-g32-act-order")]
    public void They_are_read_from_there_when_the_file_is_cut(string format)
    {
        using var folder = new TemporaryFolder();
        var source = Shared.Path("models", "quantised", format);
        foreach (var file in (string[])["config.json", "model.safetensors"])
            File.Copy(Path.Combine(source, file), folder.At(file));
        using var original = Checkpoint.Open(source);
        using var held = Checkpoint.Open(folder.Path);
        var names = held.Tensors.Values.Where(static tensor => tensor.IsQuantized).Select(static tensor => tensor.Name).ToList();
        names.Count.ShouldBeGreaterThan(3);
        foreach (var name in names)
            held.Hold(name);
        using (var file = new FileStream(folder.At("model.safetensors"), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            file.SetLength(8);

        foreach (var name in names)
        {
            var (expected, read) = (new float[original.Tensors[name].Elements], new float[original.Tensors[name].Elements]);
            original.Read(name, 0, expected);
            held.Read(name, 0, read);
            read.ShouldBe(expected, name);
        }

        var other = held.Tensors.Values.First(static tensor => !tensor.IsQuantized);
        Should.Throw<InputException>(() => held.Read(other.Name, 0, new float[1])).Message.ShouldContain("truncated");
    }

    [SharedFact]
    public void A_plan_counts_them_by_their_stored_size_and_decodes_as_many_for_good_as_then_fit()
    {
        var (model, sizes, _) = Open<float>();
        using var opened = model;
        var layers = model.Specification.Layers;
        var all = sizes.Plan(Tokens, 0, residentHead: true, 0, layers.Count);
        var stored = layers.SelectMany(layer => layer.Parameters).SelectMany(parameter => parameter.Tensors).Sum(tensor => model.Checkpoint.Tensors[tensor].Bytes);
        all.Parts.Single(part => part.Name == "weights as stored").Bytes.ShouldBe(stored);
        stored.ShouldBeLessThan(layers.SelectMany(layer => layer.Parameters).Sum(parameter => parameter.Count)); // Less than a byte an element.

        Held(all.Bytes).ShouldBe((0, layers.Count));
        Held(all.Bytes - 1).ShouldBe((0, layers.Count - 1));
        Held(sizes.Plan(Tokens, 1, residentHead: true, 0, layers.Count - 1).Bytes).ShouldBe((1, layers.Count - 1));
        Held(sizes.Plan(Tokens, layers.Count, residentHead: true, 0).Bytes).ShouldBe((layers.Count, 0));

        (int Resident, int Held) Held(long budget)
        {
            var plan = MemoryPlan.Create(sizes, budget, tokenBudget: Tokens);
            plan.Bytes.ShouldBeLessThanOrEqualTo(budget);
            return (plan.ResidentLayers, plan.HeldLayers);
        }
    }

    [SharedFact]
    public void The_numbers_are_those_of_resident_weights()
    {
        var (model, sizes, options) = Open<double>();
        using var opened = model;
        var expected = Measure(sizes.Plan(Tokens, 3, residentHead: true, 0));
        var held = Measure(sizes.Plan(Tokens, 0, residentHead: true, 0, heldLayers: 3));
        held.Loss.ShouldBe(expected.Loss);
        for (var weight = 0; weight < expected.Weights.Count; weight++)
            held.Weights[weight].Values.ShouldBe(expected.Weights[weight].Values, held.Weights[weight].Weight);

        Measurement Measure(MemoryPlan plan)
        {
            var selected = options.Measurement.SelectWeights(model.Specification);
            using var engine = DecoderMeasurer<double>.Create(model, options, selected, model.Parameters<double>(), plan);
            int[] ids = [.. Enumerable.Range(0, 40).Select(i => 3 + (i * 7 % 50))];
            return engine.Measure([new TokenizedExample(new Example("a", "", "b"), ids, [], "", 11, Truncated: false)], CancellationToken.None)[0];
        }
    }

    private static (LoadedModel Model, MemorySizes<T> Sizes, MeasureRunOptions Options) Open<T>()
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var model = ModelLoader.Open(Shared.Path("models", "quantised", "gptq-g128"));
        var options = new MeasureRunOptions
        {
            Model = "",
            Data = "",
            Out = "",
            Threads = 1,
            Memory = 2L << 30,
            Measurement = new() { Precision = typeof(T) == typeof(double) ? Precision.Float64 : Precision.Float32 },
        };
        var selected = options.Measurement.SelectWeights(model.Specification);
        return (model, new MemorySizes<T>(model.Specification, 512, DeviceFactory.Sizes<T>(options.Machine), StatisticsSink<T>.Planned(selected), source: model.Parameters<T>()), options);
    }
}
