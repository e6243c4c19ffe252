using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LayerGrad.Tests.Decoders;

/// <summary>A line of <c>reference/configs.jsonl</c>: a configuration, and what the reference implementation makes of it.</summary>
/// <param name="Number">The line, counted from 1.</param>
/// <param name="Name">What was changed, in words.</param>
/// <param name="Must">Whether its losses must be given, may be given, or the configuration must be refused.</param>
/// <param name="Config">The configuration.</param>
/// <param name="Changed">The keys that were set or removed, those within objects included.</param>
/// <param name="Losses">The reference's losses; empty where it fails.</param>
internal sealed partial record ConfigurationCase(int Number, string Name, string Must, JsonElement Config, IReadOnlyList<string> Changed, double[] Losses)
{
    /// <summary>Whether a refusal names a key that was changed, or a tensor.</summary>
    public bool IsNamedIn(string refusal) =>
        Changed.Any(key => refusal.Contains(key, StringComparison.Ordinal)) || TensorName().IsMatch(refusal);

    /// <summary>The same configuration with unscaled rotary angles in place of dynamic ones.</summary>
    public ConfigurationCase WithoutDynamicScaling() =>
        this with { Config = JsonElement.Parse(Config.GetRawText().Replace("\"dynamic\"", "\"default\"", StringComparison.Ordinal)) };

    /// <summary>The cases of a checkpoint.</summary>
    /// <param name="lines">The lines of the file with their numbers.</param>
    /// <param name="saved4">The checkpoint's own <c>config.json</c>.</param>
    public static IReadOnlyList<ConfigurationCase> Of(IReadOnlyList<(int Number, JsonObject Line)> lines, JsonObject saved4)
    {
        var saved5 = lines.Select(line => line.Line["config"]).First(config => config is not null)!.AsObject();
        return [.. lines.Select(line => Of(line.Number, line.Line, (string)line.Line["base"]! == "v4" ? saved4 : saved5))];
    }

    private static ConfigurationCase Of(int number, JsonObject line, JsonObject from)
    {
        var config = from.DeepClone().AsObject();
        var changed = new List<string>();
        foreach (var (key, value) in line["set"]?.AsObject() ?? [])
        {
            config[key] = value?.DeepClone();
            changed.Add(key);
            changed.AddRange((value as JsonObject)?.Select(inner => inner.Key) ?? []);
        }

        foreach (var key in line["remove"]?.AsArray() ?? [])
        {
            config.Remove((string)key!);
            changed.Add((string)key!);
        }

        return new ConfigurationCase(
            number, (string)line["name"]!, (string)line["must"]!, JsonSerializer.SerializeToElement(config), changed,
            [.. (line["losses"]?.AsArray() ?? []).Select(loss => loss is null ? double.NaN : loss.GetValue<double>())]);
    }

    [GeneratedRegex(@"[\w.]+\.(?:weight|bias)\b", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TensorName();
}
