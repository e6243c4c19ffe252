using System.Text.Json;
using System.Text.Json.Nodes;

namespace LayerGrad.Analysis;

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
    public static JsonObject? Metadata(string runPath)
    {
        var path = Beside(runPath, "meta.json");
        if (!File.Exists(path))
            return null;
        try
        {
            return JsonNode.Parse(File.ReadAllBytes(path)) as JsonObject
                ?? throw new InputException($"{path}: is not a JSON object; remove it or measure again.");
        }
        catch (JsonException error)
        {
            throw new InputException(
                $"{path}:{error.LineNumber + 1}:{error.BytePositionInLine + 1}: is not JSON; remove it or measure again.", error);
        }
    }

    /// <summary>The identity of the model that a run measured; <see langword="null"/> where the metadata does not say.</summary>
    internal static string? ModelHash(JsonObject? metadata) => (metadata?["model"] as JsonObject)?["hash"]?.ToString();

    /// <summary>An option that a run was measured under, as text; <see langword="null"/> where the metadata does not say.</summary>
    internal static string? MeasuredUnder(JsonObject? metadata, string option) => (metadata?["options"] as JsonObject)?[option]?.ToString();

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
            try
            {
                using var document = JsonDocument.Parse(line);
                var reason = document.RootElement.TryGetProperty("reason", out var text) ? text.ToString() : "no reason given";
                skipped.Add(new SkippedExample(document.RootElement.GetProperty("index").GetInt32(), reason));
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw new InputException($"{path}:{number}: is not an object with an \"index\"; remove the file or measure again.", error);
            }
        }

        return skipped;
    }
}
