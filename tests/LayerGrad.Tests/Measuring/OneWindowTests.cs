using LayerGrad.Decoders;
using LayerGrad.Measuring;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

/// <summary>A run of one packing window reads the model layer by layer, and writes what any other run writes.</summary>
public sealed class OneWindowTests
{
    [Theory]
    [InlineData(Precision.Float32)]
    [InlineData(Precision.Float64)]
    public void No_weights_stay_and_the_line_is_the_same(Precision precision)
    {
        using var folder = new TemporaryFolder();
        var one = Measure(folder.At("one.jsonl"), 1, precision);
        var many = Measure(folder.At("many.jsonl"), 32, precision);

        one.Windows.ShouldBe(1);
        one.Memory!.ResidentLayers.ShouldBe(0);
        one.Memory.Bytes.ShouldBeLessThan(many.Memory!.Bytes);
        many.Windows.ShouldBeGreaterThan(1);
        many.Memory.ShouldBe(many.Memory with { ResidentLayers = 6, ResidentHead = true });
        File.ReadAllLines(folder.At("one.jsonl")).ShouldBe(File.ReadLines(folder.At("many.jsonl")).Take(1));
    }

    private static MeasurePlan Measure(string path, int limit, Precision precision)
    {
        var begun = new PlanKeeper();
        var options = new MeasureRunOptions
        {
            Model = Path.Combine(Shared.Repository, "demo", "model"),
            Data = Path.Combine(Shared.Repository, "demo", "data", "heldout_detailed.json"),
            Out = path,
            Limit = limit,
            Threads = 1,
            Memory = 2L << 30,
            Device = "cpu",
            Measurement = new() { Precision = precision },
        };
        MeasureRun.Execute(options, begun);
        return begun.Plan.ShouldNotBeNull();
    }
}
