namespace LayerGrad.Data.Synthesis;

/// <summary>
/// A kind of problem. Numbers are drawn so that no intermediate result leaves 0 to 99, which keeps the problems within reach of
/// models of a few million parameters.
/// </summary>
internal abstract class ProblemKind
{
    /// <summary>The largest number in a problem or its derivation.</summary>
    protected const int Largest = 99;

    /// <summary>All kinds, in the order in which the command line lists them.</summary>
    public static IReadOnlyList<ProblemKind> All { get; } =
    [
        new ExpressionKind(), new StoryKind(), new PriceKind(), new ChainKind(), new SequenceKind(), new ExtremeKind(), new OrderKind(), new SyllogismKind(),
    ];

    /// <summary>The name, for the command line.</summary>
    public abstract string Name { get; }

    /// <summary>Makes a problem.</summary>
    public abstract SyntheticProblem Create(SeededRandom random);

    /// <summary>One of several, each equally likely.</summary>
    protected static T Choose<T>(SeededRandom random, IReadOnlyList<T> choices) => choices[random.Next(choices.Count)];

    /// <summary>Several different ones of a list, in random order.</summary>
    protected static T[] ChooseSeveral<T>(SeededRandom random, IReadOnlyList<T> choices, int count) =>
        [.. random.Sample(choices.Count, count).Select(position => choices[position])];

    /// <summary>A whole number from a lowest to a highest, each equally likely.</summary>
    protected static int Between(SeededRandom random, int lowest, int highest) => lowest + random.Next(highest - lowest + 1);
}
