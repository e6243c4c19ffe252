using System.Buffers;
using System.Text.Json;
using LayerGrad.Examples;
using LayerGrad.Runs.Lines;
using LayerGrad.Runs.Measurements;
using LayerGrad.Compute;

namespace LayerGrad.Runs;

/// <summary>The lines of a run's files, as bytes that end with a line feed. Numbers are written so that they read back exactly.</summary>
internal static class RunLine
{
    /// <summary>How many choices of experts are nearly tied; left out where none is.</summary>
    public const string NearTiesKey = "router_near_ties";

    /// <summary>The precision in which the example was measured, where it is not the run's.</summary>
    public const string PrecisionKey = "precision";

    /// <summary>In a line, how many of its weights have no statistics (left out where all have); in a weight, why it has none.</summary>
    public const string UnresolvedKey = "unresolved";

    private static readonly string[] s_statistics =
        ["M_mean", "M_max", "M_min", "frobenius_norm", "S_sum", "S_max", "S_min", "effective_rank", "rank"];

    private static readonly JsonWriterOptions s_options = new() { SkipValidation = true };

    /// <summary>
    /// A line of <c>RUN.jsonl</c>, in the original's schema: instruction, output, loss, then for each weight its
    /// statistics. The keys beside them (index, step, tokens) are read by none of the original's scripts. Some stand there only
    /// where they have something to say, right behind the tokens: <see cref="NearTiesKey"/>, <see cref="PrecisionKey"/> and
    /// <see cref="UnresolvedKey"/>.
    /// </summary>
    /// <param name="example">The example.</param>
    /// <param name="measurement">What was measured.</param>
    /// <param name="step">The training step, in the run of a probe.</param>
    public static byte[] Measured(Example example, Measurement measurement, int? step = null) => Line(writer =>
    {
        writer.WriteText("instruction", example.InstructionWithInput);
        writer.WriteText("output", example.Output);
        writer.WriteNumber("loss", measurement.Loss);
        writer.WriteNumber("index", example.Index);
        if (step is { } number)
            writer.WriteNumber("step", number);
        writer.WriteStartObject("tokens");
        writer.WriteNumber("total", measurement.Tokens);
        writer.WriteNumber("response", measurement.ResponseTokens);
        writer.WriteEndObject();
        if (measurement.RouterNearTies > 0)
            writer.WriteNumber(NearTiesKey, measurement.RouterNearTies);
        if (measurement.MeasuredIn is { } precision)
            writer.WriteString(PrecisionKey, precision.NameOf());
        if (measurement.Unresolved > 0)
            writer.WriteNumber(UnresolvedKey, measurement.Unresolved);
        foreach (var weight in measurement.Weights)
            WriteWeight(writer, weight);
        if (measurement.Cosines is { } cosines)
            WriteCosines(writer, cosines);
    });

    /// <summary>A line of <c>RUN.skipped.jsonl</c>.</summary>
    public static byte[] Skipped(Example example, string reason) => Line(writer =>
    {
        writer.WriteNumber("index", example.Index);
        writer.WriteText("instruction", example.InstructionWithInput);
        writer.WriteText("output", example.Output);
        writer.WriteText("reason", reason);
    });

    /// <summary>A line of <c>RUN.tokens.jsonl</c>: the tokens as the model saw them, and their shares of each gradient.</summary>
    public static byte[] Tokens(TokenizedExample example, Measurement measurement) => Line(writer =>
    {
        writer.WriteNumber("index", example.Example.Index);
        writer.WriteText("text", example.Text);
        writer.WriteStartArray("ids");
        foreach (var id in example.Ids)
            writer.WriteNumberValue(id);
        writer.WriteEndArray();
        writer.WriteStartArray("offsets");
        foreach (var offset in example.Offsets)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(offset.Start);
            writer.WriteNumberValue(offset.End);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteNumber("response_start", example.ResponseStart);
        writer.WriteStartObject("share");
        foreach (var weight in measurement.Weights)
        {
            if (weight.Unresolved is not null)
                writer.WriteNull(weight.Weight);
            else
                WriteNumbers(writer, weight.Weight, weight.TokenShares ?? throw new InvalidOperationException($"{weight.Weight} has no token shares."));
        }

        writer.WriteEndObject();
    });

    private static void WriteWeight(Utf8JsonWriter writer, WeightStatistics weight)
    {
        writer.WriteStartObject(weight.Weight);
        if (weight.Unresolved is { } reason)
        {
            foreach (var statistic in s_statistics)
                writer.WriteNull(statistic);
            if (weight.SingularValues is not null)
                writer.WriteNull("S_list");
            writer.WriteString(UnresolvedKey, reason);
            writer.WriteEndObject();
            return;
        }

        writer.WriteNumber("M_mean", weight.Mean);
        writer.WriteNumber("M_max", weight.Max);
        writer.WriteNumber("M_min", weight.Min);
        writer.WriteNumber("frobenius_norm", weight.FrobeniusNorm);
        writer.WriteNumber("S_sum", weight.SumOfSingularValues);
        writer.WriteNumber("S_max", weight.LargestSingularValue);
        writer.WriteNumber("S_min", weight.SmallestSingularValue);
        writer.WriteNumber("effective_rank", weight.EffectiveRank);
        writer.WriteNumber("rank", weight.Rank);
        if (weight.SingularValues is not null)
            WriteNumbers(writer, "S_list", weight.SingularValues);
        writer.WriteEndObject();
    }

    private static void WriteCosines(Utf8JsonWriter writer, LayerCosines cosines)
    {
        writer.WriteStartObject("cosine_sim");
        foreach (var (kind, matrix) in cosines.BetweenLayers)
        {
            writer.WriteStartObject(kind);
            writer.WriteStartArray("layer_indices");
            foreach (var layer in matrix.Layers)
                writer.WriteNumberValue(layer);
            writer.WriteEndArray();
            writer.WriteStartArray("matrix");
            foreach (var row in matrix.Values)
                WriteNumbers(writer, null, row);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteStartObject("cosine_sim_qkvo");
        foreach (var (layer, pairs) in cosines.WithinLayer)
        {
            writer.WriteStartObject(layer.ToString(System.Globalization.CultureInfo.InvariantCulture));
            foreach (var (pair, cosine) in pairs)
            {
                if (double.IsNaN(cosine))
                    writer.WriteNull(pair);
                else
                    writer.WriteNumber(pair, cosine);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter writer, string? name, double[] values)
    {
        if (name is not null)
            writer.WritePropertyName(name);
        writer.WriteStartArray();
        foreach (var value in values)
        {
            if (double.IsNaN(value))
                writer.WriteNullValue();
            else
                writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
    }

    private static byte[] Line(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(16 * 1024);
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }
}
