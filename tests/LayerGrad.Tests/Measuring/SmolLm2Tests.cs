using LayerGrad.Measuring;
using LayerGrad.Tests.Support;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Measuring;

/// <summary>
/// A real pretrained model, from its GGUF file, on the original study's data. The float64 values are exact; the others are the
/// original's own float32, which is up to 1.5e-4 (M_max, M_min: 1e-3) away from them.
/// </summary>
public sealed class SmolLm2Tests(ITestOutputHelper output)
{
    private const string Model = "SmolLM2-135M-Instruct.Q4_1.gguf";

    /// <summary>How many examples of each float32 file are measured, to keep the tests short; with LAYERGRAD_TEST_ALL=1 all of them are.</summary>
    private const int Float32Examples = 6;

    public static TheoryData<string> Float64Runs() => Runs("*.float64.jsonl", _ => true);

    public static TheoryData<string> Float32Runs() => Runs("*.jsonl", name => !name.EndsWith(".float64.jsonl", StringComparison.Ordinal));

    [SharedTheory]
    [MemberData(nameof(Float64Runs))]
    public void Float64_equals_the_original_script_to_1e_9(string run) => Errors(run, Precision.Float64).Worst.ShouldBeLessThan(1e-9);

    [SharedTheory]
    [MemberData(nameof(Float32Runs))]
    public void Float32_is_as_near_to_the_original_script_as_its_own_float32_is_to_the_truth(string run)
    {
        var errors = Errors(run, Precision.Float32);
        foreach (var key in new[] { "loss", "S_sum", "S_max", "frobenius_norm" })
            errors.Of(key).ShouldBeLessThan(3e-4, key);
        foreach (var key in new[] { "M_max", "M_min" })
            errors.Of(key).ShouldBeLessThan(2e-3, key);
    }

    private static TheoryData<string> Runs(string pattern, Func<string, bool> include)
    {
        var data = new TheoryData<string>();
        if (Shared.Exists)
        {
            foreach (var file in Directory.EnumerateFiles(Shared.Path("reference", "smollm2"), pattern).Select(Path.GetFileName).Order(StringComparer.Ordinal))
            {
                if (include(file!))
                    data.Add(file!);
            }
        }

        if (data.Count == 0)
            data.Add("");
        return data;
    }

    private ReferenceRun.Errors Errors(string run, Precision precision)
    {
        var name = run.Replace(".float64", "", StringComparison.Ordinal).Replace(".jsonl", "", StringComparison.Ordinal);
        var chat = name.EndsWith("_chat", StringComparison.Ordinal);
        var wrong = name.EndsWith("_wrong", StringComparison.Ordinal);
        var dataset = name.Replace("_chat", "", StringComparison.Ordinal).Replace("_wrong", "", StringComparison.Ordinal);
        var data = Directory.EnumerateFiles(Shared.Path("datasets"), dataset + ".json", SearchOption.AllDirectories)
            .Single(path => path.Contains("wrong_answer", StringComparison.Ordinal) == wrong);
        var reference = Shared.Path("reference", "smollm2", run);
        var examples = File.ReadLines(reference).Count();
        if (precision == Precision.Float32 && Environment.GetEnvironmentVariable("LAYERGRAD_TEST_ALL") != "1")
            examples = Math.Min(examples, Float32Examples);
        var measured = ReferenceRun.Measure(Shared.Path("models", Model), data, new MeasureOptions
        {
            Model = Model,
            Data = data,
            Out = "run.jsonl",
            Precision = precision,
            Chat = chat,
            Limit = File.ReadLines(reference).Count(),
            Memory = 6L << 30,
        });
        var errors = ReferenceRun.Compare(measured, reference);
        output.WriteLine($"smollm2 {run} {precision}: {errors}");
        errors.Weights.ShouldBe(measured.Count * 120);
        return errors;
    }
}
