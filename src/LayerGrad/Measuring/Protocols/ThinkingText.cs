using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Protocols;

/// <summary>
/// Tells thinking from answer in what the assistant says: from <c>&lt;think&gt;</c> to <c>&lt;/think&gt;</c>, tags among it. Thinking may have begun before (the prompt
/// ends with the first tag, as some chat templates have it, or a closing tag comes without an opening one), and one that is not closed goes to the end.
/// </summary>
internal static class ThinkingText
{
    private const string Open = "<think>";
    private const string Close = "</think>";

    /// <summary>Marks the tokens that are thinking, each by where its text begins.</summary>
    /// <param name="tokens">The example, with those tokens counted that the assistant says.</param>
    /// <returns>What each token is part of; null where there is no thinking.</returns>
    public static TokenPart[]? Parts(TokenizedExample tokens)
    {
        if (!tokens.Text.Contains(Open, StringComparison.Ordinal) && !tokens.Text.Contains(Close, StringComparison.Ordinal))
            return null;
        var (parts, found) = (new TokenPart[tokens.Ids.Length], false);
        foreach (var (first, end) in Runs(tokens.CountedPositions))
        {
            var spans = Spans(tokens.Text, tokens.Offsets[first].Start, tokens.Offsets[end - 1].End);
            for (var position = first; position < end; position++)
            {
                var start = tokens.Offsets[position].Start;
                parts[position] = spans.Exists(span => start >= span.Start && start < span.End) ? TokenPart.Thinking : TokenPart.Answer;
            }

            found |= spans.Count > 0;
        }

        return found ? parts : null;
    }

    /// <summary>Where thinking stands in a part of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="start">Where the assistant begins to speak.</param>
    /// <param name="end">Where it ends.</param>
    public static List<(int Start, int End)> Spans(string text, int start, int end)
    {
        var spans = new List<(int Start, int End)>();
        var said = text.AsSpan(0, end);
        var (opened, closed) = (Next(said, Open, start), Next(said, Close, start));
        var began = text.AsSpan(0, start).TrimEnd().EndsWith(Open, StringComparison.Ordinal) || closed < opened ? start : opened;
        while (began < end)
        {
            closed = Next(said, Close, began);
            var until = Math.Min(end, closed == int.MaxValue ? end : closed + Close.Length);
            spans.Add((began, until));
            began = Next(said, Open, until);
        }

        return spans;
    }

    private static int Next(ReadOnlySpan<char> text, string tag, int from) => text[from..].IndexOf(tag, StringComparison.Ordinal) is >= 0 and var at ? from + at : int.MaxValue;

    /// <summary>Runs of positions that follow each other.</summary>
    private static IEnumerable<(int First, int End)> Runs(IEnumerable<int> positions)
    {
        var (first, end) = (-1, -1);
        foreach (var position in positions)
        {
            if (position != end && first >= 0)
                yield return (first, end);
            if (position != end)
                first = position;
            end = position + 1;
        }

        if (first >= 0)
            yield return (first, end);
    }
}
