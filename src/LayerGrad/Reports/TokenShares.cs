using LayerGrad.Runs;
using LayerGrad.Runs.Lines;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Reports;

/// <summary>The shares of an example's tokens in its gradients, to one part in 127 of each weight's largest.</summary>
/// <param name="Example">The example's position among those of the explorer.</param>
/// <param name="Tokens">The text of each token.</param>
/// <param name="ResponseStart">The first token of the response.</param>
/// <param name="Start">Where the example's bytes begin: a signed byte for each weight and token.</param>
/// <param name="Scales">What 127 stands for, weight by weight.</param>
/// <param name="Parts">What each token is part of, a letter each: p, t (thinking) or a.</param>
internal sealed record SharedTokens(int Example, IReadOnlyList<string> Tokens, int ResponseStart, int Start, IReadOnlyList<double> Scales, string Parts);

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
        var path = new RunPaths(run).Tokens;
        if (!File.Exists(path) || most == 0 || explorer.Index.Count == 0)
            return ([], null);
        var every = Math.Max(1, (explorer.Index.Count + most - 1) / most);
        var wanted = explorer.Index.Select((index, example) => (index, example)).Where(pair => pair.example % every == 0).ToDictionary(pair => pair.index, pair => pair.example);
        var examples = new List<SharedTokens>();
        var bytes = new List<byte>();
        var number = 0;
        foreach (var line in File.ReadLines(InputFile.Require(path)))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line))
                continue;
            try
            {
                if (wanted.TryGetValue(TokensLine.IndexOf(line, path, number), out var example)
                    && Pack(TokensLine.Read(line, path, number, explorer.Weights), example, bytes) is { } shared)
                    examples.Add(shared);
            }
            catch (InputException error)
            {
                throw new InputException($"{error.Message}; remove the file or measure again with --tokens", error);
            }
        }

        return examples.Count == 0 ? ([], null) : (examples, chunks.Add([.. bytes]));
    }

    /// <summary>The shares of one line; null where a gradient of it could not be computed and so has none.</summary>
    private static SharedTokens? Pack(TokensLine line, int example, List<byte> bytes)
    {
        if (line.Shares is null)
            return null;
        var start = bytes.Count;
        var scales = new List<double>();
        foreach (var values in line.Shares)
        {
            var scale = values.Max(Math.Abs);
            scales.Add(scale);
            bytes.AddRange(values.Select(value => (byte)(sbyte)(scale == 0 ? 0 : Math.Round(127 * value / scale))));
        }

        return new(example, Texts(line), line.ResponseStart, start, scales, string.Concat(line.Parts.Select(static part => part.NameOf()[0])));
    }

    /// <summary>The text of each token with what lies between it and the one before it; a token that stands for no text is a diamond.</summary>
    private static List<string> Texts(TokensLine line)
    {
        var tokens = new List<string>();
        var done = 0;
        foreach (var end in line.Ends)
        {
            tokens.Add(end > done ? line.Text[done..end] : "◇");
            done = Math.Max(done, end);
        }

        return tokens;
    }
}
