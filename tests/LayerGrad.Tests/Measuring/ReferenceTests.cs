using LayerGrad.Compute;
using LayerGrad.Measuring;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Measuring;

/// <summary>
/// Every checkpoint, in both protocols, as base and as chat model, against the values that the original script gives in float64.
/// A new family needs its folder below shared/models/tiny or shared/models/more and its reference beside the others; nothing here changes.
/// </summary>
public sealed class ReferenceTests(ITestOutputHelper output)
{
    public static TheoryData<string, string, string> Runs()
    {
        var data = new TheoryData<string, string, string>();
        foreach (var group in new[] { "tiny", "more" })
        {
            if (!Directory.Exists(Shared.Path("reference", group)))
                continue;
            foreach (var folder in Directory.EnumerateDirectories(Shared.Path("reference", group)).Order(StringComparer.Ordinal))
            {
                foreach (var run in new[] { "base.paper", "base.strict", "chat.paper", "chat.strict", "base.spectra", "base.all_weights" })
                {
                    if (File.Exists(Path.Combine(folder, run + ".jsonl")))
                        data.Add(group, Path.GetFileName(folder), run);
                }
            }
        }

        if (data.Count == 0)
            data.Add("", "", "");
        return data;
    }

    [SharedTheory]
    [MemberData(nameof(Runs))]
    public void Float64_equals_the_original_script_to_1e_9(string group, string family, string run)
    {
        var errors = Errors(group, family, run, Precision.Float64);
        errors.Worst.ShouldBeLessThan(1e-9);
    }

    [SharedTheory]
    [MemberData(nameof(Runs))]
    public void Float32_equals_the_original_script_to_1e_4(string group, string family, string run)
    {
        var errors = Errors(group, family, run, Precision.Float32);
        errors.Worst.ShouldBeLessThan(1e-4);
    }

    private ReferenceRun.Errors Errors(string group, string family, string run, Precision precision)
    {
        var measured = ReferenceRun.Measure(Shared.Path("models", group, family), Shared.Path("reference", "examples.json"), new MeasureOptions
        {
            Model = family,
            Data = "examples.json",
            Out = "run.jsonl",
            Precision = precision,
            Chat = run.StartsWith("chat", StringComparison.Ordinal),
            Protocol = run.EndsWith("paper", StringComparison.Ordinal) ? Protocol.Paper : Protocol.Strict,
            Spectra = run.EndsWith("spectra", StringComparison.Ordinal) && precision == Precision.Float64,
            Weights = run.EndsWith("all_weights", StringComparison.Ordinal) ? "all" : null,
            Memory = 2L << 30,
        });
        var errors = ReferenceRun.Compare(measured, Shared.Path("reference", group, family, run + ".jsonl"));
        output.WriteLine($"{group}/{family} {run} {precision}: {errors}");
        errors.Weights.ShouldBeGreaterThan(0);
        return errors;
    }
}
