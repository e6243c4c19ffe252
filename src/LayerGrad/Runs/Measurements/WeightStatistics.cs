namespace LayerGrad.Runs.Measurements;

/// <summary>
/// The statistics of one weight's loss gradient G (out × in) for one example: what the original script of
/// Layer_Gradient (Li et al., arXiv 2410.23743) prints, and the effective rank (Roy and Vetterli 2007).
/// </summary>
/// <param name="Weight">The weight's name in the checkpoint, such as <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
/// <param name="Mean">Mean of the entries of G (<c>M_mean</c>).</param>
/// <param name="Max">Largest entry of G (<c>M_max</c>).</param>
/// <param name="Min">Smallest entry of G (<c>M_min</c>).</param>
/// <param name="FrobeniusNorm">√ of the sum of squared entries (<c>frobenius_norm</c>).</param>
/// <param name="SumOfSingularValues">The nuclear norm (<c>S_sum</c>).</param>
/// <param name="LargestSingularValue">σ₁ (<c>S_max</c>).</param>
/// <param name="SmallestSingularValue">The last of min(out, in) singular values; 0 where the rank is below it (<c>S_min</c>).</param>
/// <param name="EffectiveRank">exp of the entropy of σ/Σσ (<c>effective_rank</c>).</param>
/// <param name="Rank">How many singular values count as non-zero (<c>rank</c>).</param>
/// <param name="SingularValues">All min(out, in) singular values, descending (<c>S_list</c>), where the run asked for them.</param>
/// <param name="TokenShares">⟨δₜ xₜᵀ, G⟩ / ‖G‖² for each token t of the example, where the run asked for them; they sum to 1.</param>
public sealed record WeightStatistics(
    string Weight,
    double Mean,
    double Max,
    double Min,
    double FrobeniusNorm,
    double SumOfSingularValues,
    double LargestSingularValue,
    double SmallestSingularValue,
    double EffectiveRank,
    int Rank,
    double[]? SingularValues = null,
    double[]? TokenShares = null)
{
    /// <summary>
    /// Why the gradient could not be computed within the range of the run's numbers: <c>underflow</c> or <c>overflow</c>, and
    /// every statistic is then NaN; null where it could.
    /// </summary>
    public string? Unresolved { get; private init; }

    /// <summary>A weight without statistics.</summary>
    /// <param name="weight">The weight's name in the checkpoint.</param>
    /// <param name="reason"><c>underflow</c> or <c>overflow</c>.</param>
    /// <param name="spectra">Whether the run asked for singular values.</param>
    internal static WeightStatistics None(string weight, string reason, bool spectra) =>
        new(weight, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, 0, spectra ? [] : null) { Unresolved = reason };

    /// <summary>Whether every number is finite.</summary>
    internal bool IsFinite =>
        double.IsFinite(Mean) && double.IsFinite(Max) && double.IsFinite(Min) && double.IsFinite(FrobeniusNorm)
        && double.IsFinite(SumOfSingularValues) && double.IsFinite(LargestSingularValue)
        && double.IsFinite(SmallestSingularValue) && double.IsFinite(EffectiveRank)
        && AllFinite(SingularValues) && AllFinite(TokenShares);

    private static bool AllFinite(double[]? values) => values is null || Array.TrueForAll(values, double.IsFinite);
}
