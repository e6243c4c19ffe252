using LayerGrad.Compute;

namespace LayerGrad.Runs.Measurements;

/// <summary>What was measured for one example, or why nothing could be.</summary>
/// <param name="Loss">Mean cross-entropy over the response tokens, natural logarithm.</param>
/// <param name="Tokens">Tokens of the example after truncation.</param>
/// <param name="ResponseTokens">How many of them count in the loss.</param>
/// <param name="Weights">The statistics of each measured weight, in the order of the checkpoint's layers.</param>
/// <param name="Failure">Why the example has no statistics (a loss that is not finite); null where it has.</param>
/// <param name="Cosines">Cosines between layers, where the run asked for them.</param>
/// <param name="RouterNearTies">How many choices of experts, over tokens and layers, were so nearly tied that another precision may fall differently.</param>
internal sealed record Measurement(
    double Loss,
    int Tokens,
    int ResponseTokens,
    IReadOnlyList<WeightStatistics> Weights,
    string? Failure = null,
    LayerCosines? Cosines = null,
    int RouterNearTies = 0)
{
    /// <summary>How many of the tokens that count are thinking.</summary>
    public int ThinkingTokens { get; init; }

    /// <summary>
    /// The precision in which the example was measured where it is not the run's: its numbers leave the range of float32.
    /// </summary>
    public Precision? MeasuredIn { get; init; }

    /// <summary>How many weights have no statistics because their gradients leave the range of the numbers.</summary>
    internal int Unresolved => Weights.Count(weight => weight.Unresolved is not null);

    /// <summary>
    /// The reason for which this measurement must not be written as a line, or null: its own failure, or a number
    /// that is not finite.
    /// </summary>
    internal string? Unwritable
    {
        get
        {
            if (Failure is not null)
                return Failure;
            if (!double.IsFinite(Loss))
                return "the loss is not finite";
            var broken = Weights.FirstOrDefault(weight => weight.Unresolved is null && !weight.IsFinite);
            return broken is null ? null : $"the gradient of {broken.Weight} is not finite";
        }
    }
}
