using System.Globalization;
using System.Text.Json;
using LayerGrad.Analysis;

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
                if (wanted.TryGetValue(Index(line), out var example))
                {
                    using var document = JsonDocument.Parse(line);
                    if (Parse(document.RootElement, example, explorer.Weights, bytes) is { } shared)
                        examples.Add(shared);
                }
            }
            catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentOutOfRangeException)
            {
                throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{path}:{number}: is not a line of token shares; remove the file or measure again with --tokens"), error);
            }
        }

        return examples.Count == 0 ? ([], null) : (examples, chunks.Add([.. bytes]));
    }

    /// <summary>The line's position in the dataset, without parsing the rest: the shares make a line long.</summary>
    private static int Index(string line)
    {
        var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(line.Length > 200 ? line[..200] : line), isFinalBlock: line.Length <= 200, default);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                return reader.GetInt32();
            }
        }

        throw new FormatException("no index at the beginning");
    }

    /// <summary>The shares of one line; null where a gradient of it could not be computed and so has none.</summary>
    private static SharedTokens? Parse(JsonElement line, int example, IReadOnlyList<string> weights, List<byte> bytes)
    {
        var tokens = Texts(line.GetProperty("text").GetString()!, line.GetProperty("offsets"));
        var shares = line.GetProperty("share");
        if (weights.Any(weight => shares.GetProperty(weight).ValueKind == JsonValueKind.Null))
            return null;
        var start = bytes.Count;
        var scales = new List<double>();
        foreach (var weight in weights)
        {
            double[] values = [.. shares.GetProperty(weight).EnumerateArray().Select(value => value.GetDouble())];
            if (values.Length != tokens.Count)
                throw new FormatException("as many shares as tokens");
            var scale = values.Max(Math.Abs);
            scales.Add(scale);
            bytes.AddRange(values.Select(value => (byte)(sbyte)(scale == 0 ? 0 : Math.Round(127 * value / scale))));
        }

        return new(example, tokens, line.GetProperty("response_start").GetInt32(), start, scales);
    }

    /// <summary>The text of each token with what lies between it and the one before it; a token that stands for no text is a diamond.</summary>
    private static List<string> Texts(string text, JsonElement offsets)
    {
        var tokens = new List<string>();
        var done = 0;
        foreach (var offset in offsets.EnumerateArray())
        {
            var end = offset[1].GetInt32();
            tokens.Add(end > done ? text[done..end] : "◇");
            done = Math.Max(done, end);
        }

        return tokens;
    }
}
