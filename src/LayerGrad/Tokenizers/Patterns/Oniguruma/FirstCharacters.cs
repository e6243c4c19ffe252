namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>The characters that a match of a pattern can begin with, so that a search may pass over all others.</summary>
internal static class FirstCharacters
{
    /// <summary>The set; null where the match may be empty, or where it is not known.</summary>
    public static CodePointSet? Of(PatternNode node)
    {
        switch (node)
        {
            case PatternNode.Literal { IgnoreCase: false } literal:
                return CodePointSet.OfCodes(literal.Codes[0]);
            case PatternNode.Set set:
                return set.Characters;
            case PatternNode.Sequence sequence:
                return OfSequence(sequence.Parts);
            case PatternNode.Alternatives alternatives:
                var sets = alternatives.Choices.Select(Of).ToList();
                return sets.Contains(null) ? null : CodePointSet.Union(sets!);
            case PatternNode.Repeat { Least: > 0 } repeat:
                return Of(repeat.Body);
            case PatternNode.Capture capture:
                return Of(capture.Body);
            case PatternNode.Atomic atomic:
                return Of(atomic.Body);
            default:
                return null;
        }
    }

    /// <summary>Parts that may be left out pass the beginning on to the next; anchors and looks only narrow it.</summary>
    private static CodePointSet? OfSequence(IReadOnlyList<PatternNode> parts)
    {
        var union = CodePointSet.Empty;
        foreach (var part in parts)
        {
            if (part is PatternNode.Anchor or PatternNode.Look)
                continue;
            var optional = part is PatternNode.Repeat { Least: 0 } repeat ? repeat.Body : null;
            if (Of(optional ?? part) is not { } set)
                return null;
            union = CodePointSet.Union(union, set);
            if (optional is null)
                return union;
        }

        return null;
    }
}
