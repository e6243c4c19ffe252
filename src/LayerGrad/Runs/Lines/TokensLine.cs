using System.Text;
using System.Text.Json;
using LayerGrad.Json;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Runs.Lines;

/// <summary>A line of <c>RUN.tokens.jsonl</c>: an example's tokens as the model saw them, and their shares of each gradient; written and read.</summary>
/// <param name="Text">The whole text: prompt and response.</param>
/// <param name="Ends">Where each token ends in the text.</param>
/// <param name="ResponseStart">The first token that counts in the loss.</param>
/// <param name="Shares">For each weight asked for, the share of each token; null where one of the gradients could not be computed and so has none.</param>
internal sealed record TokensLine(string Text, IReadOnlyList<int> Ends, int ResponseStart, IReadOnlyList<double[]>? Shares)
{
    /// <summary>What each token is part of; of lines of older versions prompt and answer alone.</summary>
    public IReadOnlyList<TokenPart> Parts { get; private init; } = [];

    /// <summary>The bytes of a line.</summary>
    /// <param name="example">The example.</param>
    /// <param name="measurement">What was measured, shares of tokens among it.</param>
    public static byte[] Write(TokenizedExample example, Measurement measurement) => JsonLine.Of(writer =>
    {
        writer.WriteNumber(RunKeys.Index, example.Example.Index);
        writer.WriteText(RunKeys.Text, example.Text);
        writer.WriteStartArray(RunKeys.Ids);
        foreach (var id in example.Ids)
            writer.WriteNumberValue(id);
        writer.WriteEndArray();
        writer.WriteStartArray(RunKeys.Offsets);
        foreach (var offset in example.Offsets)
        {
            writer.WriteStartArray();
            writer.WriteNumberValue(offset.Start);
            writer.WriteNumberValue(offset.End);
            writer.WriteEndArray();
        }

        writer.WriteEndArray();
        writer.WriteNumber(RunKeys.ResponseStart, example.ResponseStart);
        if (example.Counted is { } counted)
        {
            writer.WriteStartArray(RunKeys.Counted);
            foreach (var position in counted)
                writer.WriteNumberValue(position);
            writer.WriteEndArray();
        }

        writer.WriteStartArray(RunKeys.Parts);
        for (var position = 0; position < example.Ids.Length; position++)
            writer.WriteStringValue(example.PartOf(position).NameOf());
        writer.WriteEndArray();
        writer.WriteStartObject(RunKeys.Shares);
        foreach (var weight in measurement.Weights)
        {
            writer.WritePropertyName(weight.Weight);
            if (weight.Unresolved is not null)
                writer.WriteNullValue();
            else
                writer.WriteNumbers(weight.TokenShares ?? throw new InvalidOperationException($"{weight.Weight} has no token shares."));
        }

        writer.WriteEndObject();
    });

    /// <summary>The position in the dataset of a line's example, without parsing the rest where it stands at the beginning: the shares make a line long.</summary>
    /// <param name="line">The line.</param>
    /// <param name="path">The file.</param>
    /// <param name="number">The line's number, from 1.</param>
    /// <exception cref="InputException">The line is not JSON, or has no index.</exception>
    public static int IndexOf(string line, string path, int number) =>
        IndexAtBeginning(line) ?? Parse(line, path, number).Int(RunKeys.Index, least: 0);

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="path">The file.</param>
    /// <param name="number">The line's number, from 1.</param>
    /// <param name="weights">The weights whose shares are wanted.</param>
    /// <exception cref="InputException">It is not a line that measure writes.</exception>
    public static TokensLine Read(string line, string path, int number, IReadOnlyList<string> weights)
    {
        var root = Parse(line, path, number);
        var text = root.Text(RunKeys.Text);
        var ends = ReadEnds(text, root.Require(RunKeys.Offsets));
        var shares = root.Object(RunKeys.Shares);
        if (weights.Any(weight => shares.FindOrNull(weight) is { IsNull: true }))
            return new TokensLine(text, ends, 0, null);
        var values = new List<double[]>();
        foreach (var weight in weights)
        {
            double[] ofWeight = [.. shares.Array(weight).Select(value => value.AsDouble())];
            if (ofWeight.Length != ends.Count)
                throw root.Error($"{shares.Below(weight)} must have as many shares as there are tokens, {ends.Count}, but has {ofWeight.Length}");
            values.Add(ofWeight);
        }

        var start = root.Int(RunKeys.ResponseStart, least: 0, most: ends.Count);
        return new TokensLine(text, ends, start, values) { Parts = ReadParts(root, start, ends.Count) };
    }

    private static List<TokenPart> ReadParts(JsonValue root, int responseStart, int tokens)
    {
        if (root.Find(RunKeys.Parts) is not { } parts)
            return [.. Enumerable.Range(0, tokens).Select(token => token < responseStart ? TokenPart.Prompt : TokenPart.Answer)];
        if (!parts.IsArray || parts.Count != tokens)
            throw parts.Wrong($"an array of as many parts as there are tokens, {tokens}");
        return [.. parts.Items().Select(part => LossMasks.FindPart(part.AsText()) ?? throw part.Wrong("prompt, thinking or answer"))];
    }

    private static JsonValue Parse(string line, string path, int number) => ForeignJson.ParseLine(Encoding.UTF8.GetBytes(line), path, number);

    private static List<int> ReadEnds(string text, JsonValue offsets)
    {
        var ends = new List<int>();
        foreach (var offset in offsets.Items())
        {
            if (!offset.IsArray || offset.Count != 2)
                throw offset.Wrong("a pair of positions");
            ends.Add(offset.Items().Last().AsInt(least: 0, most: text.Length));
        }

        return ends.Count > 0 ? ends : throw offsets.Wrong("an array of pairs, one for each token");
    }

    private static int? IndexAtBeginning(string line)
    {
        const int Beginning = 200;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(line.Length > Beginning ? line[..Beginning] : line), isFinalBlock: false, default);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals(RunKeys.Index))
                    return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var index) && index >= 0 ? index : null;
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Whoever parses the whole line says what is wrong with it.
        }

        return null;
    }
}
