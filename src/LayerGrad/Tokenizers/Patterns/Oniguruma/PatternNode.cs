namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>A node of a parsed pattern.</summary>
internal abstract record PatternNode
{
    /// <summary>Matches the empty text.</summary>
    public sealed record Nothing : PatternNode;

    /// <summary>Matches no text, not even the empty one.</summary>
    public sealed record Fail : PatternNode;

    /// <summary>A text, letter by letter.</summary>
    public sealed record Literal(int[] Codes, bool IgnoreCase) : PatternNode;

    /// <summary>One character of a set.</summary>
    public sealed record Set(CodePointSet Characters) : PatternNode;

    /// <summary>One extended grapheme cluster (<c>\X</c>).</summary>
    public sealed record Cluster : PatternNode;

    /// <summary>One after another.</summary>
    public sealed record Sequence(IReadOnlyList<PatternNode> Parts) : PatternNode;

    /// <summary>The first that matches.</summary>
    public sealed record Alternatives(IReadOnlyList<PatternNode> Choices) : PatternNode;

    /// <summary>Between so many and so many times; null for no upper bound.</summary>
    public sealed record Repeat(PatternNode Body, int Least, int? Most, RepeatKind Kind) : PatternNode;

    /// <summary>A group whose text is remembered.</summary>
    public sealed record Capture(int Number, PatternNode Body) : PatternNode;

    /// <summary>Matches once, without coming back to it.</summary>
    public sealed record Atomic(PatternNode Body) : PatternNode;

    /// <summary>Looks ahead or behind without moving.</summary>
    public sealed record Look(PatternNode Body, bool IsBehind, bool IsNegative) : PatternNode;

    /// <summary>A place.</summary>
    public sealed record Anchor(AnchorKind Kind) : PatternNode;

    /// <summary>What one of some groups matched, the last of them first.</summary>
    public sealed record BackReference(IReadOnlyList<int> Groups, bool IgnoreCase) : PatternNode;

    /// <summary>Begins the reported match here (<c>\K</c>).</summary>
    public sealed record Keep : PatternNode;

    /// <summary>One or the other, by whether a group has matched.</summary>
    public sealed record Conditional(int Group, PatternNode Yes, PatternNode No) : PatternNode;

    /// <summary>The body of a group once more (<c>\g&lt;name&gt;</c>).</summary>
    public sealed record Call(int Group) : PatternNode;

    /// <summary>Any text in which the body does not match (<c>(?~…)</c>).</summary>
    public sealed record Absent(PatternNode Body) : PatternNode;
}
