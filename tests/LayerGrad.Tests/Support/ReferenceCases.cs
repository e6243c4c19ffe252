using System.Text.Json;
using LayerGrad.Compute;
using LayerGrad.Decoders.Families;
using LayerGrad.Measuring;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Tests.Support;

/// <summary>
/// Every checkpoint that has reference values, in both protocols, as base and as chat model.
/// A new family needs its folder below shared/models/tiny, more or today and its reference beside the others; nothing here changes.
/// </summary>
internal static class ReferenceCases
{
    private const string Today = "today";

    private static readonly string[] s_groups = ["tiny", "more", Today];

    private static readonly string[] s_runs = ["base.paper", "base.strict", "chat.paper", "chat.strict", "base.spectra", "base.all_weights", "base.all"];

    /// <summary>The cases: group, family and run. One of empty texts where there are no reference values.</summary>
    /// <param name="isWhole">Every one rather than a sample.</param>
    /// <param name="today">The checkpoints of today as well.</param>
    public static TheoryData<string, string, string> Runs(bool isWhole, bool today = true)
    {
        var data = new TheoryData<string, string, string>();
        foreach (var (group, family, run) in All(isWhole, today).DefaultIfEmpty(("", "", "")))
            data.Add(group, family, run);
        return data;
    }

    /// <summary>The cases: group, family and run.</summary>
    /// <param name="isWhole">Every one rather than a sample.</param>
    /// <param name="today">The checkpoints of today as well.</param>
    public static IEnumerable<(string Group, string Family, string Run)> All(bool isWhole, bool today = true) =>
        from string @group in today ? s_groups : s_groups.Where(static one => one != Today)
        where Directory.Exists(Shared.Path("reference", @group))
        from folder in Directory.EnumerateDirectories(Shared.Path("reference", @group)).Order(StringComparer.Ordinal)
        from run in s_runs
        where File.Exists(Path.Combine(folder, run + ".jsonl"))
            && (@group != Today || (IsKnown(Path.GetFileName(folder)) && (isWhole || run.StartsWith("base", StringComparison.Ordinal))))
        select (@group, Path.GetFileName(folder), run);

    /// <summary>Measures a case and compares it with the reference.</summary>
    /// <param name="group">tiny, more or today.</param>
    /// <param name="family">The checkpoint.</param>
    /// <param name="run">The protocol, and whether as a chat model.</param>
    /// <param name="precision">In which numbers.</param>
    /// <param name="device">On which device.</param>
    public static ReferenceRun.Errors Errors(string group, string family, string run, Precision precision, string device = "cpu")
    {
        var measured = ReferenceRun.Measure(Shared.Path("models", group, family), Shared.Path("reference", "examples.json"), new MeasureRunOptions
        {
            Model = family,
            Data = "examples.json",
            Out = "run.jsonl",
            Device = device,
            Measurement = new()
            {
                Precision = precision,
                Chat = run.StartsWith("chat", StringComparison.Ordinal),
                Protocol = run.EndsWith("paper", StringComparison.Ordinal) ? Protocol.Paper : Protocol.Strict,
                Spectra = run.EndsWith("spectra", StringComparison.Ordinal) && precision == Precision.Float64,
                Weights = run.Contains(".all", StringComparison.Ordinal) ? "all" : null,
            },
            Limit = run == "base.all" ? 4 : null,
            Memory = 2L << 30,
        });
        var errors = ReferenceRun.Compare(measured, Shared.Path("reference", group, family, run + ".jsonl"));
        errors.Weights.ShouldBeGreaterThan(0);
        return errors;
    }

    /// <summary>What float32 may differ by.</summary>
    /// <remarks>
    /// The slope of Apertus' activation function jumps at 0: in float32 one element of the fifth chat example falls on the other side, which
    /// moves the smallest element of a gradient by 1.2e-4. Scores of Mistral 4 are large (its scale is 2.2 times the usual one, and queries grow), and the checkpoint of Qwen3.5 with
    /// experts enlarges rounding some fifty times as much as others: there sums of float32 products alone, all else in float64, are 8e-5 and 2.1e-4 away (docs/numbers.md).
    /// </remarks>
    public static double Float32Tolerance(string group, string family, string run) => group != Today ? 1e-4 : (family, run) switch
    {
        ("apertus", "chat.paper") or ("mistral4", "base.paper") => 2e-4,
        ("qwen3_5_moe", "base.paper" or "chat.paper") => 8e-4, // 1.9e-4 on the processor's own device; libtorch adds up in another order.
        ("qwen3_5_moe", _) => 2e-4,
        _ => 1e-4,
    };

    /// <summary>Whether LayerGrad names the family of a checkpoint of today, and that of its language model where it is a wrapper of any.</summary>
    private static bool IsKnown(string checkpoint)
    {
        using var config = JsonDocument.Parse(File.ReadAllText(Shared.Path("models", Today, checkpoint, "config.json")));
        var type = config.RootElement.GetProperty("model_type").GetString()!;
        return DecoderFamilies.Names.Contains(type)
            && (type != "mistral3" || DecoderFamilies.Names.Contains(config.RootElement.GetProperty("text_config").GetProperty("model_type").GetString()!));
    }
}
