using System.Globalization;
using System.Text.Json;
using LayerGrad.Compute;
using LayerGrad.Examples;
using LayerGrad.Json;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Runs.Lines;

/// <summary>
/// A line of <c>RUN.jsonl</c>: one measured example. It is written here, and what a run that goes on must know of it is read here;
/// <see cref="RunReader"/> reads all of it.
/// </summary>
/// <param name="Index">The example's position in its dataset.</param>
/// <param name="Loss">Mean cross-entropy over the response tokens, in nats.</param>
/// <param name="Remarks">What the line says of its numbers.</param>
internal readonly record struct MeasuredLine(int Index, double Loss, RunRemarks Remarks)
{
    /// <summary>
    /// The bytes of a line, in the original's schema: instruction, output, loss, then for each weight its
    /// statistics. The keys beside them (index, step, tokens) are read by none of the original's scripts. Some stand there only
    /// where they have something to say, right behind the tokens: <see cref="RunKeys.NearTies"/>, <see cref="RunKeys.Precision"/> and
    /// <see cref="RunKeys.Unresolved"/>.
    /// </summary>
    /// <param name="example">The example.</param>
    /// <param name="measurement">What was measured.</param>
    /// <param name="step">The training step, in the run of a probe.</param>
    public static byte[] Write(Example example, Measurement measurement, int? step = null) => JsonLine.Of(writer =>
    {
        writer.WriteText(RunKeys.Instruction, example.InstructionWithInput);
        writer.WriteText(RunKeys.Output, example.Output);
        writer.WriteNumber(RunKeys.Loss, measurement.Loss);
        writer.WriteNumber(RunKeys.Index, example.Index);
        if (step is { } number)
            writer.WriteNumber(RunKeys.Step, number);
        writer.WriteStartObject(RunKeys.Tokens);
        writer.WriteNumber(RunKeys.TotalTokens, measurement.Tokens);
        writer.WriteNumber(RunKeys.ResponseTokens, measurement.ResponseTokens);
        if (measurement.ThinkingTokens > 0)
            writer.WriteNumber(RunKeys.ThinkingTokens, measurement.ThinkingTokens);
        writer.WriteEndObject();
        if (measurement.RouterNearTies > 0)
            writer.WriteNumber(RunKeys.NearTies, measurement.RouterNearTies);
        if (measurement.MeasuredIn is { } precision)
            writer.WriteString(RunKeys.Precision, precision.NameOf());
        if (measurement.Unresolved > 0)
            writer.WriteNumber(RunKeys.Unresolved, measurement.Unresolved);
        foreach (var weight in measurement.Weights)
            WriteWeight(writer, weight);
        if (measurement.Cosines is { } cosines)
            WriteCosines(writer, cosines);
    });

    /// <summary>Reads what stands before the weights, which need not be looked at.</summary>
    /// <param name="path">The file.</param>
    /// <param name="line">The line.</param>
    /// <param name="number">Its number, from 1.</param>
    /// <exception cref="InputException">It is not a line of a run.</exception>
    public static MeasuredLine ReadHead(string path, ReadOnlySpan<byte> line, int number)
    {
        var (index, loss, remarks, behindTokens) = ((int?)null, (double?)null, new RunRemarks(), false);
        try
        {
            var reader = new Utf8JsonReader(line);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var key = LineKeys.Of(ref reader);
                if (behindTokens && index is not null && loss is not null && key is LineKey.Weight or LineKey.Other)
                    break;
                reader.Read();
                switch (key)
                {
                    case LineKey.Index:
                        index = Value(ref reader, RunKeys.Index).AsInt(0);
                        break;
                    case LineKey.Loss:
                        loss = Value(ref reader, RunKeys.Loss).AsDouble();
                        break;
                    case LineKey.NearTies:
                        remarks = remarks with { NearTies = Value(ref reader, RunKeys.NearTies).AsInt(0) };
                        break;
                    case LineKey.Precision:
                        remarks = remarks with { Widened = true };
                        break;
                    case LineKey.Unresolved:
                        remarks = remarks with { Unresolved = Value(ref reader, RunKeys.Unresolved).AsInt(0) };
                        break;
                    default:
                        reader.Skip();
                        break;
                }

                behindTokens |= key == LineKey.Tokens;
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw JsonLine.NotOfARun(path, line, number, error);
        }

        return new MeasuredLine(
            index ?? throw JsonLine.Lacks(path, number, loss is null ? RunKeys.Loss : RunKeys.Index),
            loss ?? throw JsonLine.Lacks(path, number, RunKeys.Loss),
            remarks);

        JsonValue Value(ref Utf8JsonReader reader, string key) => ForeignJson.ParseValue(ref reader, JsonLine.Place(path, number), key);
    }

    private static void WriteWeight(Utf8JsonWriter writer, WeightStatistics weight)
    {
        writer.WriteStartObject(weight.Weight);
        for (var i = 0; i < weight.Statistics.Count; i++)
        {
            if (double.IsNaN(weight.Values[i]))
                writer.WriteNull(weight.Statistics[i].Key);
            else
                writer.WriteNumber(weight.Statistics[i].Key, weight.Values[i]);
        }

        if (weight.SingularValues is not null && weight.Unresolved is not null)
        {
            writer.WriteNull(RunKeys.SingularValues);
        }
        else if (weight.SingularValues is not null)
        {
            writer.WritePropertyName(RunKeys.SingularValues);
            writer.WriteNumbers(weight.SingularValues);
        }

        if (weight.Unresolved is { } reason)
            writer.WriteString(RunKeys.Unresolved, reason);
        writer.WriteEndObject();
    }

    private static void WriteCosines(Utf8JsonWriter writer, LayerCosines cosines)
    {
        writer.WriteStartObject(RunKeys.CosinesBetweenLayers);
        foreach (var (kind, matrix) in cosines.BetweenLayers)
        {
            writer.WriteStartObject(kind);
            writer.WriteStartArray(RunKeys.LayerIndices);
            foreach (var layer in matrix.Layers)
                writer.WriteNumberValue(layer);
            writer.WriteEndArray();
            writer.WriteStartArray(RunKeys.CosineMatrix);
            foreach (var row in matrix.Values)
                writer.WriteNumbers(row);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteStartObject(RunKeys.CosinesWithinLayer);
        foreach (var (layer, pairs) in cosines.WithinLayer)
        {
            writer.WriteStartObject(layer.ToString(CultureInfo.InvariantCulture));
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
}
