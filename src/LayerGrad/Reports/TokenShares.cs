using System.Text;
using System.Text.Json;
using LayerGrad.Json;
using LayerGrad.Runs;

namespace LayerGrad.Reports;

/// <summary>The shares of an example's tokens in its gradients, to one part in 127 of each weight's largest.</summary>
/// <param name="Example">The example's position among those of the explorer.</param>
/// <param name="Tokens">The text of each token.</param>
/// <param name="ResponseStart">The first token of the response.</param>
/// <param name="Start">Where the example's bytes begin: a signed byte for each weight and token.</param>
/// <param name="Scales">What 127 stands for, weight by weight.</param>
internal sealed record SharedTokens(int Example, IReadOnlyList<string> Tokens, int ResponseStart, int Start, IReadOnlyList<double> Scales);

/// <summary>Reads <c>RUN.tokens.jsonl</c>, which <c>measure --tokens</c> writes.</summary>
internal static class TokenShares
{
    /// <summary>Takes the shares of some examples, evenly spaced.</summary>
    /// <param name="run">The run beside which the file lies.</param>
    /// <param name="explorer">The examples that the report holds.</param>
    /// <param name="most">How many to take.</param>
    /// <param name="chunks">Takes the packed shares.</param>
    /// <returns>The examples and the name of their chunk; none where there is no such file.</returns>
    /// <exception cref="InputException">A line of the file is not what measure writes.</exception>
    public static (IReadOnlyList<SharedTokens> Examples, string? Chunk) Read(string run, ExplorerData explorer, int most, PackedChunks chunks)
    {
        var path = RunFiles.Beside(run, "tokens.jsonl");
        if (!File.Exists(path) || most == 0)
            return ([], null);
        var every = Math.Max(1, (explorer.Index.Count + most - 1) / most);
        var wanted = explorer.Index.Select((index, example) => (index, example)).Where(pair => pair.example % every == 0).ToDictionary(pair => pair.index, pair => pair.example);
        var examples = new List<SharedTokens>();
        var bytes = new List<byte>();
        var number = 0;
        foreach (var line in File.ReadLines(path))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            try
            {
                var index = Index(line) ?? ParseLine(line, path, number).Int("index", least: 0);
                if (wanted.TryGetValue(index, out var example) && Parse(ParseLine(line, path, number), example, explorer.Weights, bytes) is { } shared)
                    examples.Add(shared);
            }
            catch (InputException error)
            {
                throw new InputException($"{error.Message}; remove the file or measure again with --tokens", error);
            }
        }

        return examples.Count == 0 ? ([], null) : (examples, chunks.Add([.. bytes]));
    }

    private static JsonValue ParseLine(string line, string path, int number) => ForeignJson.ParseLine(Encoding.UTF8.GetBytes(line), path, number);

    /// <summary>The line's position in the dataset, without parsing the rest: the shares make a line long. Null where it does not stand at the beginning.</summary>
    private static int? Index(string line)
    {
        const int Beginning = 200;
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(line.Length > Beginning ? line[..Beginning] : line), isFinalBlock: false, default);
        try
        {
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("index"u8))
                    return reader.Read() && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out var index) && index >= 0 ? index : null;
            }
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Whoever parses the whole line says what is wrong with it.
        }

        return null;
    }

    /// <summary>The shares of one line; null where a gradient of it could not be computed and so has none.</summary>
    private static SharedTokens? Parse(JsonValue line, int example, IReadOnlyList<string> weights, List<byte> bytes)
    {
        var tokens = Texts(line.Text("text"), line.Require("offsets"));
        var shares = line.Object("share");
        if (weights.Any(weight => shares.FindOrNull(weight) is { IsNull: true }))
            return null;
        var start = bytes.Count;
        var scales = new List<double>();
        foreach (var weight in weights)
        {
            double[] values = [.. shares.Array(weight).Select(value => value.AsDouble())];
            if (values.Length != tokens.Count)
                throw line.Error($"{shares.Below(weight)} must have as many shares as there are tokens, {tokens.Count}, but has {values.Length}");
            var scale = values.Max(Math.Abs);
            scales.Add(scale);
            bytes.AddRange(values.Select(value => (byte)(sbyte)(scale == 0 ? 0 : Math.Round(127 * value / scale))));
        }

        return new(example, tokens, line.Int("response_start", least: 0, most: tokens.Count), start, scales);
    }

    /// <summary>The text of each token with what lies between it and the one before it; a token that stands for no text is a diamond.</summary>
    private static List<string> Texts(string text, JsonValue offsets)
    {
        var tokens = new List<string>();
        var done = 0;
        foreach (var offset in offsets.Items())
        {
            if (!offset.IsArray || offset.Count != 2)
                throw offset.Wrong("a pair of positions");
            var end = offset.Items().Last().AsInt(least: 0, most: text.Length);
            tokens.Add(end > done ? text[done..end] : "◇");
            done = Math.Max(done, end);
        }

        return tokens.Count > 0 ? tokens : throw offsets.Wrong("an array of pairs, one for each token");
    }
}
