using LayerGrad.Examples;
using LayerGrad.Json;
using LayerGrad.Runs;
using LayerGrad.Runs.Lines;

namespace LayerGrad.Data.Scoring;

/// <summary>Reads a file of scores.</summary>
internal static class ScoreFile
{
    /// <summary>Whether a file is one, by its first line.</summary>
    /// <exception cref="InputException">There is no such file.</exception>
    public static bool IsOne(string path)
    {
        using var lines = new Utf8LineReader(path);
        return lines.TryRead(out var line) && JsonLine.Has(line, ScoreKeys.Score);
    }

    /// <summary>The examples with one of their numbers; NaN where a line says null.</summary>
    /// <param name="path">The file.</param>
    /// <param name="by"><c>score</c>, <c>loss</c>, <c>ifd</c>, <c>loss_without_instruction</c> or <c>response_tokens</c>.</param>
    /// <exception cref="InputException">A line is not one of scores, or the file has no such number.</exception>
    public static IEnumerable<(Example Example, double Value)> Read(string path, string by)
    {
        string[] known = [ScoreKeys.Score, ScoreKeys.Loss, ScoreKeys.Ifd, ScoreKeys.LossAlone, RunKeys.ResponseTokensMetric];
        if (!known.Contains(by, StringComparer.Ordinal))
            throw new InputException($"--by {by}: {path} is a file of scores, which has {string.Join(", ", known)}.");
        return Lines(path, by);
    }

    private static IEnumerable<(Example Example, double Value)> Lines(string path, string by)
    {
        using var lines = new Utf8LineReader(path);
        while (lines.TryRead(out _))
        {
            if (lines.Current.Span.Trim(" \t"u8).IsEmpty)
                continue;
            var line = ForeignJson.ParseLine(lines.Current.Span, path, lines.Line);
            var example = new Example(line.Int(RunKeys.Index, 0), line.Text(RunKeys.Instruction), "", line.Text(RunKeys.Output));
            yield return (example, Value(line, by, path));
        }
    }

    private static double Value(JsonValue line, string by, string path)
    {
        if (by == RunKeys.ResponseTokensMetric)
            return line.OptionalObject(RunKeys.Tokens)?.OptionalInt(RunKeys.ResponseTokens, 0) ?? double.NaN;
        if (by is ScoreKeys.Ifd or ScoreKeys.LossAlone && !line.Members().Any(member => member.Key == by))
            throw new InputException($"--by {by}: {path} was written by 'data score --by loss'; score it with --by {ScoreKeys.Ifd}.");
        return line.OptionalDouble(by) ?? double.NaN;
    }
}
