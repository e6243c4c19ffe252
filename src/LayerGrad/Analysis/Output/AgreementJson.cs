using System.Text.Json;
using LayerGrad.Analysis.Agreement;

namespace LayerGrad.Analysis.Output;

/// <summary>The agreement of the sets of a kernel as JSON; <c>docs/statistics.md</c> describes the schema. A number that there is not is <c>null</c>.</summary>
internal static class AgreementJson
{
    private static readonly JsonWriterOptions s_options = new() { Indented = true, NewLine = "\n" };

    /// <summary>The result in UTF-8.</summary>
    public static byte[] Of(AgreementResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, s_options))
            Write(json, result);
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void Write(Utf8JsonWriter json, AgreementResult result)
    {
        json.WriteStartObject();
        json.WriteString("kernel", result.Kernel);
        json.WriteNumber("bootstrap", result.Bootstrap);
        json.WriteNumber("seed", result.Seed);
        json.WriteStartArray("sets");
        foreach (var (name, examples) in result.Sets)
        {
            json.WriteStartObject();
            json.WriteString("set", name);
            json.WriteNumber("examples", examples);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        Write(json, "all", result, result.Whole);
        Write(json, "layers", result, result.Layers);
        Write(json, "projections", result, result.Projections);
        Write(json, "weights", result, result.Weights);
        json.WriteStartArray("notes");
        foreach (var note in result.Notes)
            json.WriteStringValue(note);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, AgreementResult result, IReadOnlyList<WeightsAgreement> all)
    {
        json.WriteStartObject(name);
        foreach (var one in all)
            Write(json, one.Name, result, one);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, AgreementResult result, WeightsAgreement one)
    {
        json.WriteStartObject(name);
        json.WriteStartArray("sets");
        for (var set = 0; set < one.Sets.Count; set++)
        {
            json.WriteStartObject();
            json.WriteString("set", result.Sets[set].Name);
            json.WriteEstimate("squared_norm", one.Sets[set].SquaredNorm);
            json.WriteEstimate("reliability", one.Sets[set].Reliability);
            json.WriteEstimate("share_positive", one.Sets[set].Share);
            json.WriteBoolean("resolved", one.Sets[set].IsResolved);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("pairs");
        foreach (var pair in one.Pairs)
        {
            json.WriteStartObject();
            json.WriteString("set", result.Sets[pair.First].Name);
            json.WriteString("with", result.Sets[pair.Second].Name);
            json.WriteEstimate("cosine", pair.Cosine);
            json.WriteEstimate("cosine_corrected", pair.Corrected);
            json.WriteEstimate("share_positive", pair.ShareOfFirst);
            json.WriteEstimate("share_positive_of_with", pair.ShareOfSecond);
            json.WriteBoolean("resolved", pair.IsResolved);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
