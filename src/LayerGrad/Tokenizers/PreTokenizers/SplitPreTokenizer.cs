using LayerGrad.Tokenizers.Patterns;

namespace LayerGrad.Tokenizers.PreTokenizers;

/// <summary>What becomes of the matches of a split pattern.</summary>
internal enum SplitBehavior
{
    /// <summary>They are left out.</summary>
    Removed,

    /// <summary>Each is a part of its own.</summary>
    Isolated,

    /// <summary>Each ends the part before it.</summary>
    MergedWithPrevious,

    /// <summary>Each begins the part after it.</summary>
    MergedWithNext,

    /// <summary>Neighbouring ones are one part.</summary>
    Contiguous,
}

/// <summary>Splits at the matches of a pattern.</summary>
/// <param name="pattern">The pattern.</param>
/// <param name="behavior">What becomes of its matches.</param>
/// <param name="invert">Whether what lies between the matches counts as the matches.</param>
internal sealed class SplitPreTokenizer(SplitPattern pattern, SplitBehavior behavior, bool invert) : PreTokenizer
{
    /// <summary>Kept for the next call of the thread, so that splitting costs no allocation.</summary>
    [ThreadStatic]
    private static List<PatternMatch>? s_matchesOfThread;

    public override void Split(TextPiece piece, List<TextPiece> parts)
    {
        var matches = s_matchesOfThread ??= [];
        matches.Clear();
        pattern.FindMatches(piece.Span, matches);
        if (behavior == SplitBehavior.Isolated)
        {
            Isolate(piece, matches, parts);
            return;
        }

        foreach (var (start, end) in Join(Stretches(piece, matches)))
        {
            if (end > start)
                parts.Add(piece.Slice(start, end - start));
        }
    }

    /// <summary>Isolated, whether inverted or not, makes every stretch a part.</summary>
    private static void Isolate(TextPiece piece, List<PatternMatch> matches, List<TextPiece> parts)
    {
        parts.EnsureCapacity(parts.Count + matches.Count);
        var position = 0;
        foreach (var match in matches)
        {
            if (match.Start > position)
                parts.Add(piece.Slice(position, match.Start - position));
            if (match.End > match.Start)
                parts.Add(piece.Slice(match.Start, match.End - match.Start));
            position = match.End;
        }

        if (position < piece.Length)
            parts.Add(piece.Slice(position, piece.Length - position));
    }

    /// <summary>The whole piece as stretches that match and stretches that do not.</summary>
    private List<(PatternMatch Stretch, bool IsMatch)> Stretches(TextPiece piece, List<PatternMatch> matches)
    {
        var stretches = new List<(PatternMatch, bool)>();
        var position = 0;
        foreach (var match in matches)
        {
            if (match.Start > position)
                stretches.Add((new PatternMatch(position, match.Start), invert));
            stretches.Add((match, !invert));
            position = match.End;
        }

        if (position < piece.Length)
            stretches.Add((new PatternMatch(position, piece.Length), invert));
        return stretches;
    }

    private List<PatternMatch> Join(List<(PatternMatch Stretch, bool IsMatch)> stretches)
    {
        if (behavior == SplitBehavior.Removed)
            return stretches.FindAll(stretch => !stretch.IsMatch).ConvertAll(stretch => stretch.Stretch);
        if (behavior == SplitBehavior.MergedWithNext)
            return JoinWithNext(stretches);
        var joined = new List<PatternMatch>();
        var previousMatches = false;
        foreach (var (stretch, isMatch) in stretches)
        {
            var joins = behavior == SplitBehavior.Contiguous ? isMatch == previousMatches : isMatch && !previousMatches;
            if (joins && joined.Count > 0)
                joined[^1] = joined[^1] with { End = stretch.End };
            else
                joined.Add(stretch);
            previousMatches = isMatch;
        }

        return joined;
    }

    private static List<PatternMatch> JoinWithNext(List<(PatternMatch Stretch, bool IsMatch)> stretches)
    {
        var joined = new List<PatternMatch>();
        var nextMatches = false;
        for (var i = stretches.Count - 1; i >= 0; i--)
        {
            var (stretch, isMatch) = stretches[i];
            if (isMatch && !nextMatches && joined.Count > 0)
                joined[^1] = joined[^1] with { Start = stretch.Start };
            else
                joined.Add(stretch);
            nextMatches = isMatch;
        }

        joined.Reverse();
        return joined;
    }
}
