using System.Globalization;
using System.Text.Json.Nodes;

namespace LayerGrad.Tests.Decoders.Naive;

/// <summary>The angles of rotary embeddings: the plain kind, linear and yarn (Peng et al. 2023, arXiv 2309.00071).</summary>
internal static class NaiveRotary
{
    /// <summary>θ^(−2i/d).</summary>
    public static double[] Frequencies(double theta, int columns) => [.. Enumerable.Range(0, columns / 2).Select(i => Math.Pow(theta, -2.0 * i / columns))];

    /// <summary>The kind that settings name.</summary>
    public static string Kind(JsonObject? settings) => (settings?["rope_type"] ?? settings?["type"])?.GetValue<string>() ?? "default";

    /// <summary>What yarn multiplies cosines and sines, or scores, by.</summary>
    public static double Magnitude(double factor, double scale) => factor <= 1 ? 1 : (0.1 * scale * Math.Log(factor)) + 1;

    /// <summary>The frequencies of so many columns, and what cosines and sines are multiplied by.</summary>
    /// <param name="settings">The rotary settings, or null.</param>
    /// <param name="theta">The base.</param>
    /// <param name="positions">The length that yarn scales where its settings say none.</param>
    /// <param name="columns">The columns.</param>
    public static (double[] Frequencies, double Magnitude) Angles(JsonObject? settings, double theta, double positions, int columns)
    {
        var (plain, factor) = (Frequencies(theta, columns), Number("factor") ?? 1);
        if (Kind(settings) != "yarn")
            return (Kind(settings) == "linear" ? [.. plain.Select(frequency => frequency / factor)] : plain, 1);

        var length = Number("original_max_position_embeddings") ?? positions;
        var truncates = settings!["truncate"]?.GetValue<bool>() ?? true;
        var low = Math.Max(Turns(Number("beta_fast") ?? 32, Math.Floor), 0);
        var high = Math.Min(Turns(Number("beta_slow") ?? 1, Math.Ceiling), columns - 1);
        if (low == high)
            high += 0.001;
        var (scale, all) = (Number("mscale") ?? 0, Number("mscale_all_dim") ?? 0);
        return (
            [.. plain.Select((frequency, i) => Math.Clamp((i - low) / (high - low), 0, 1) is var ramp ? (frequency / factor * ramp) + (frequency * (1 - ramp)) : 0)],
            Number("attention_factor") ?? (scale != 0 && all != 0 ? Magnitude(factor, scale) / Magnitude(factor, all) : Magnitude(factor, 1)));

        double Turns(double turns, Func<double, double> round)
        {
            var place = columns * Math.Log(length / (turns * 2 * Math.PI)) / (2 * Math.Log(theta));
            return truncates ? round(place) : place;
        }

        double? Number(string field) => settings?[field] is { } value ? double.Parse(value.ToJsonString(), CultureInfo.InvariantCulture) : null;
    }
}
