using LayerGrad.Compute;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Measuring;

/// <summary>Every checkpoint, in both protocols, as base and as chat model, against the values that the original script gives in float64.</summary>
public sealed class ReferenceTests(ITestOutputHelper output)
{
    public static TheoryData<string, string, string> Runs() => ReferenceCases.Runs(Extent.IsWhole);

    /// <summary>The checkpoints of today in float32 only where every case is taken.</summary>
    public static TheoryData<string, string, string> RunsInFloat32() => ReferenceCases.Runs(Extent.IsWhole, today: Extent.IsWhole);

    [SharedTheory]
    [MemberData(nameof(Runs))]
    public void Float64_equals_the_original_script_to_1e_9(string group, string family, string run) =>
        Errors(group, family, run, Precision.Float64).Worst.ShouldBeLessThan(1e-9);

    [SharedTheory]
    [MemberData(nameof(RunsInFloat32))]
    public void Float32_equals_the_original_script_to_1e_4(string group, string family, string run) =>
        Errors(group, family, run, Precision.Float32).Worst.ShouldBeLessThan(ReferenceCases.Float32Tolerance(group, family, run));

    private ReferenceRun.Errors Errors(string group, string family, string run, Precision precision)
    {
        var errors = ReferenceCases.Errors(group, family, run, precision);
        output.WriteLine($"{group}/{family} {run} {precision}: {errors}");
        return errors;
    }
}
