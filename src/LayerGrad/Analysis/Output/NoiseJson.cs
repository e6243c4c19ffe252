using System.Text.Json;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Analysis.Noise;

namespace LayerGrad.Analysis.Output;

/// <summary>The gradient noise scales of a kernel as JSON; <c>docs/statistics.md</c> describes the schema. A number that there is not is <c>null</c>.</summary>
public static class NoiseJson
{
    private static readonly JsonWriterOptions s_options = new() { Indented = true, NewLine = "\n" };

    /// <summary>The result in UTF-8.</summary>
    public static byte[] Of(NoiseResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, s_options))
            Write(json, result);
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void Write(Utf8JsonWriter json, NoiseResult result)
    {
        json.WriteStartObject();
        json.WriteString("kernel", result.Kernel);
        json.WriteNumber("examples", result.Examples);
        json.WriteNumber("bootstrap", result.Bootstrap);
        json.WriteNumber("seed", result.Seed);
        Write(json, "all", result.Whole);
        Write(json, "layers", result.Layers.Select(one => (one.Layer.ToString(System.Globalization.CultureInfo.InvariantCulture), one.Noise)));
        Write(json, "projections", result.Projections);
        Write(json, "weights", result.Weights);
        json.WriteStartArray("notes");
        foreach (var note in result.Notes)
            json.WriteStringValue(note);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, IEnumerable<(string Name, NoiseScale Noise)> scales)
    {
        json.WriteStartObject(name);
        foreach (var (key, noise) in scales)
            Write(json, key, noise);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, NoiseScale noise)
    {
        json.WriteStartObject(name);
        Write(json, "squared_norm", noise.SquaredNorm);
        Write(json, "trace", noise.Trace);
        Write(json, "noise_scale", noise.Scale);
        json.WriteBoolean("resolved", noise.IsResolved);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, Estimate estimate)
    {
        json.WriteStartObject(name);
        Write(json, "value", estimate.Value);
        Write(json, "low", estimate.Low);
        Write(json, "high", estimate.High);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value))
            json.WriteNumber(name, value);
        else if (double.IsInfinity(value))
            json.WriteString(name, value > 0 ? "Infinity" : "-Infinity");
        else
            json.WriteNull(name);
    }
}
