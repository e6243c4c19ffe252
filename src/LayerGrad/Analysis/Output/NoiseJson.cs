using System.Text.Json;
using LayerGrad.Analysis.Noise;

namespace LayerGrad.Analysis.Output;

/// <summary>The gradient noise scales of a kernel as JSON; <c>docs/statistics.md</c> describes the schema. A number that there is not is <c>null</c>.</summary>
internal static class NoiseJson
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

    /// <summary>The same of a probe's steps: an array of them under <c>steps</c>, each with its step.</summary>
    public static byte[] OfSteps(NoiseOverSteps steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, s_options))
        {
            json.WriteStartObject();
            json.WriteString("run", steps.Run);
            json.WriteStartArray("steps");
            foreach (var (step, noise) in steps.Steps)
            {
                json.WriteStartObject();
                json.WriteNumber("step", step);
                json.WriteNumber("examples", noise.Examples);
                WriteScales(json, noise);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    /// <summary>What a set of a comparison has.</summary>
    internal static void WriteSet(Utf8JsonWriter json, (string Set, NoiseResult Noise) one)
    {
        json.WriteStartObject();
        json.WriteString("set", one.Set);
        json.WriteNumber("examples", one.Noise.Examples);
        WriteScales(json, one.Noise);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, NoiseResult result)
    {
        json.WriteStartObject();
        json.WriteString("kernel", result.Kernel);
        json.WriteNumber("examples", result.Examples);
        json.WriteNumber("bootstrap", result.Bootstrap);
        json.WriteNumber("seed", result.Seed);
        WriteScales(json, result);
        Write(json, "weights", result.Weights);
        json.WriteStartArray("notes");
        foreach (var note in result.Notes)
            json.WriteStringValue(note);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteScales(Utf8JsonWriter json, NoiseResult result)
    {
        Write(json, "all", result.Whole);
        Write(json, "layers", result.Layers.Select(one => (one.Layer.ToString(System.Globalization.CultureInfo.InvariantCulture), one.Noise)));
        Write(json, "projections", result.Projections);
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
        json.WriteEstimate("squared_norm", noise.SquaredNorm);
        json.WriteEstimate("trace", noise.Trace);
        json.WriteEstimate("noise_scale", noise.Scale);
        json.WriteBoolean("resolved", noise.IsResolved);
        json.WriteEndObject();
    }
}
