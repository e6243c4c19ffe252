namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>What can be told of a pattern without running it.</summary>
internal static class PatternLength
{
    /// <summary>The fewest and most characters that a node can match; null for no upper bound.</summary>
    public static (int Least, int? Most) Of(PatternNode node) => node switch
    {
        PatternNode.Literal { IgnoreCase: false } literal => (literal.Codes.Length, literal.Codes.Length),
        PatternNode.Literal literal => ((literal.Codes.Length + 2) / 3, 3 * literal.Codes.Length),
        PatternNode.Set => (1, 1),
        PatternNode.Sequence sequence => sequence.Parts.Select(Of).Aggregate((0, (int?)0), static (sum, part) => (Sum(sum.Item1, part.Least), Sum(sum.Item2, part.Most))),
        PatternNode.Alternatives alternatives => alternatives.Choices.Select(Of).Aggregate(static (all, one) =>
            (Math.Min(all.Least, one.Least), all.Most is { } a && one.Most is { } b ? Math.Max(a, b) : null)),
        PatternNode.Repeat repeat => Times(Of(repeat.Body), repeat.Least, repeat.Most),
        PatternNode.Capture capture => Of(capture.Body),
        PatternNode.Atomic atomic => Of(atomic.Body),
        PatternNode.Conditional conditional => Of(new PatternNode.Alternatives([conditional.Yes, conditional.No])),
        PatternNode.Cluster => (1, null),
        PatternNode.BackReference or PatternNode.Call or PatternNode.Absent => (0, null),
        _ => (0, 0),
    };

    /// <summary>Whether it looks ahead anywhere, or holds what Oniguruma refuses within a look-behind for the same reason.</summary>
    public static bool HasLook(PatternNode node) => node switch
    {
        PatternNode.Look { IsBehind: false } or PatternNode.Absent => true,
        PatternNode.Sequence sequence => sequence.Parts.Any(HasLook),
        PatternNode.Alternatives alternatives => alternatives.Choices.Any(HasLook),
        PatternNode.Repeat repeat => HasLook(repeat.Body),
        PatternNode.Capture capture => HasLook(capture.Body),
        PatternNode.Atomic atomic => HasLook(atomic.Body),
        PatternNode.Conditional conditional => HasLook(conditional.Yes) || HasLook(conditional.No),
        _ => false,
    };

    private static int Sum(int a, int b) => (int)Math.Min((long)a + b, int.MaxValue);

    private static int? Sum(int? a, int? b) => a is { } x && b is { } y ? Sum(x, y) : null;

    private static (int Least, int? Most) Times((int Least, int? Most) one, int least, int? most) =>
        ((int)Math.Min((long)one.Least * least, int.MaxValue), one.Most == 0 ? 0 : one.Most is { } each && most is { } times ? (int)Math.Min((long)each * times, int.MaxValue) : null);
}
