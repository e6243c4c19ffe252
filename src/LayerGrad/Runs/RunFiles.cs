using System.Text;
using LayerGrad.Json;

namespace LayerGrad.Runs;

/// <summary>An example that a run could not measure, from <c>RUN.skipped.jsonl</c>.</summary>
/// <param name="Index">Its position in the dataset.</param>
/// <param name="Reason">Why.</param>
public sealed record SkippedExample(int Index, string Reason);

/// <summary>The files that stand beside <c>RUN.jsonl</c>: <c>RUN.meta.json</c> and <c>RUN.skipped.jsonl</c>.</summary>
public static class RunFiles
{
    /// <summary>The path of a file beside a run: <c>runs/aqua.jsonl</c> and <c>meta.json</c> give <c>runs/aqua.meta.json</c>.</summary>
    public static string Beside(string runPath, string ending) =>
        (runPath.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? runPath[..^".jsonl".Length] : runPath) + "." + ending;

    /// <summary>What <c>RUN.meta.json</c> says; <see langword="null"/> where there is none, as with the original authors' files.</summary>
    /// <exception cref="InputException">The file is not a JSON object.</exception>
    internal static JsonValue? Metadata(string runPath)
    {
        var path = Beside(runPath, "meta.json");
        if (!File.Exists(path))
            return null;
        return ForeignJson.ReadObject(path);
    }

    /// <summary>The identity of the model that a run measured; <see langword="null"/> where the metadata does not say.</summary>
    internal static string? ModelHash(JsonValue? metadata) => Said(metadata, "model", "hash");

    /// <summary>An option that a run was measured under, as text; <see langword="null"/> where the metadata does not say.</summary>
    internal static string? MeasuredUnder(JsonValue? metadata, string option) => Said(metadata, "options", option);

    /// <summary>A scalar of the metadata as text; <see langword="null"/> where it, or what should hold it, is not there.</summary>
    internal static string? Said(JsonValue? metadata, params ReadOnlySpan<string> keys)
    {
        var value = metadata;
        foreach (var key in keys)
            value = value is { IsObject: true } inner ? inner.Find(key) : null;
        return value is not { IsObject: false, IsArray: false } scalar ? null : scalar.IsText ? scalar.AsText() : scalar.Shown();
    }

    /// <summary>The examples that the run could not measure, from <c>RUN.skipped.jsonl</c>; none where there is no such file.</summary>
    /// <exception cref="InputException">A line is not a JSON object with an <c>index</c>.</exception>
    public static IReadOnlyList<SkippedExample> Skipped(string runPath)
    {
        var path = Beside(runPath, "skipped.jsonl");
        if (!File.Exists(path))
            return [];
        var skipped = new List<SkippedExample>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            var value = ForeignJson.ParseLine(Encoding.UTF8.GetBytes(line), path, number);
            skipped.Add(new SkippedExample(value.Int("index", 0), value.OptionalText("reason") ?? "no reason given"));
        }

        return skipped;
    }
}
