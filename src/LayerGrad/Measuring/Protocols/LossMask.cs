using LayerGrad.Runs.Measurements;
using LayerGrad.Tokenizers;

namespace LayerGrad.Measuring.Protocols;

/// <summary>Which tokens of an example count.</summary>
internal static class LossMask
{
    /// <summary>Why an example is skipped that has no thinking where only that counts.</summary>
    public const string NoThinking = "the response has no <think>…</think>, and --mask-thinking only counts nothing else";

    /// <summary>Why an example is skipped that has nothing but thinking where that does not count.</summary>
    public const string NothingButThinking = "the response has nothing but thinking, which --mask-thinking drop does not count";

    /// <summary>Why an example is skipped in which the chat template marks nothing.</summary>
    public const string NothingMarked = "the chat template's generation blocks hold no token";

    /// <summary>
    /// The tokens whose text lies in spans, wholly or in part: transformers' <c>return_assistant_tokens_mask</c>, which takes them from the token of a span's first
    /// character to that of its last.
    /// </summary>
    /// <param name="offsets">Where each token stands.</param>
    /// <param name="spans">The spans, in UTF-16 units, ascending.</param>
    public static List<int> Overlapping(ReadOnlySpan<TokenOffset> offsets, IReadOnlyList<Range> spans) => Positions(offsets, spans, static (offset, start, end) => start < end && offset.Start < end && offset.End > start);

    /// <summary>The tokens whose text begins in spans.</summary>
    /// <param name="offsets">Where each token stands.</param>
    /// <param name="spans">The spans, in UTF-16 units, ascending.</param>
    public static List<int> Beginning(ReadOnlySpan<TokenOffset> offsets, IReadOnlyList<Range> spans) => Positions(offsets, spans, static (offset, start, end) => offset.Start >= start && offset.Start < end);

    /// <summary>Leaves of the tokens that count those that a mask says, and marks which of them are thinking.</summary>
    /// <param name="encoded">The example.</param>
    /// <param name="thinking">The mask.</param>
    /// <returns>The example; skipped where none of its tokens counts any more.</returns>
    public static EncodedExample Apply(EncodedExample encoded, ThinkingMask thinking)
    {
        if (encoded.Tokens is not { } tokens)
            return encoded;
        if (ThinkingText.Parts(tokens) is not { } parts)
            return thinking == ThinkingMask.Only ? encoded with { Tokens = null, SkipReason = NoThinking } : Marked(encoded);
        if (thinking == ThinkingMask.Keep)
            return encoded with { Tokens = tokens with { Parts = parts } };
        int[] left = [.. tokens.CountedPositions.Where(position => parts[position] == TokenPart.Thinking == (thinking == ThinkingMask.Only))];
        if (left.Length == 0)
            return encoded with { Tokens = null, SkipReason = thinking == ThinkingMask.Only ? NoThinking : NothingButThinking };
        return encoded with { Tokens = Counting(tokens with { Parts = parts }, left) };
    }

    /// <summary>An example of which some tokens count.</summary>
    /// <param name="tokens">The example.</param>
    /// <param name="counted">The positions of those that count, ascending; at least one.</param>
    public static TokenizedExample Counting(TokenizedExample tokens, IReadOnlyList<int> counted) =>
        tokens with { ResponseStart = counted[0], Counted = counted.Count == tokens.Ids.Length - counted[0] ? null : counted };

    /// <summary>Where the turns of an example are apart from each other, what stands between them is prompt.</summary>
    private static EncodedExample Marked(EncodedExample encoded)
    {
        if (encoded.Tokens is not { Counted: { } counted } tokens)
            return encoded;
        var parts = new TokenPart[tokens.Ids.Length];
        foreach (var position in counted)
            parts[position] = TokenPart.Answer;
        return encoded with { Tokens = tokens with { Parts = parts } };
    }

    /// <summary>Both lists ascend, so one pass takes them; position 0 is predicted by nothing and never counts.</summary>
    private static List<int> Positions(ReadOnlySpan<TokenOffset> offsets, IReadOnlyList<Range> spans, Func<TokenOffset, int, int, bool> lies)
    {
        var positions = new List<int>();
        var span = 0;
        for (var position = 1; position < offsets.Length && span < spans.Count; position++)
        {
            var offset = offsets[position];
            while (span < spans.Count && spans[span].End.Value <= offset.Start)
                span++;
            if (span < spans.Count && offset.End > offset.Start && lies(offset, spans[span].Start.Value, spans[span].End.Value))
                positions.Add(position);
        }

        return positions;
    }
}
