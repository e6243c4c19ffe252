namespace LayerGrad.Runs;

/// <summary>What a complete run came to, counted from its lines: <c>results</c> of <c>RUN.meta.json</c>.</summary>
/// <param name="Measured">Examples measured.</param>
/// <param name="Skipped">Examples skipped.</param>
/// <param name="NearlyTied">Measured examples in which a router's choice of experts is nearly tied.</param>
/// <param name="NearTies">Such choices, over all examples, tokens and layers.</param>
internal sealed record RunResults(int Measured, int Skipped, int NearlyTied, long NearTies)
{
    /// <summary>Measured examples that left the range of float32 and were measured in float64.</summary>
    public int Widened { get; init; }

    /// <summary>Gradients without statistics, because they leave the range of the numbers.</summary>
    public long Unresolved { get; init; }

    /// <summary>What the lines of a run, or the shards of one together, come to.</summary>
    internal static RunResults Of(params IReadOnlyCollection<RunState> states) =>
        new(states.Sum(state => state.Measured.Count), states.Sum(state => state.Skipped.Count), states.Sum(state => state.NearlyTied), states.Sum(state => state.NearTies))
        {
            Widened = states.Sum(state => state.Widened),
            Unresolved = states.Sum(state => state.Unresolved),
        };
}
