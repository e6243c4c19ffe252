using LayerGrad.Gradients;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Runs.Measurements;

/// <summary>
/// The statistics of one weight's loss gradient G (out × in) for one example: every <see cref="Statistic"/>, and what the run asked for beside them.
/// </summary>
/// <param name="Weight">The weight's name in the checkpoint, such as <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
/// <param name="Values">The statistics, in the order of <see cref="Statistic.All"/>.</param>
/// <param name="SingularValues">All min(out, in) singular values, descending (<c>S_list</c>), where the run asked for them.</param>
/// <param name="TokenShares">⟨δₜ xₜᵀ, G⟩ / ‖G‖² for each token t of the example, where the run asked for them; they sum to 1.</param>
public sealed record WeightStatistics(string Weight, IReadOnlyList<double> Values, double[]? SingularValues = null, double[]? TokenShares = null)
{
    /// <summary>
    /// Why the gradient could not be computed within the range of the run's numbers: <c>underflow</c> or <c>overflow</c>, and
    /// every statistic is then NaN; null where it could.
    /// </summary>
    public string? Unresolved { get; private init; }

    /// <summary>A statistic.</summary>
    public double this[Statistic statistic] => Values[statistic.Position];

    /// <summary>The statistics of a gradient.</summary>
    /// <param name="weight">The weight's name in the checkpoint.</param>
    /// <param name="gradient">What was computed of its gradient.</param>
    /// <param name="spectra">Whether the run asked for singular values.</param>
    /// <param name="shares">The tokens' shares, where the run asked for them.</param>
    internal static WeightStatistics Of(string weight, GradientStatistics gradient, bool spectra, double[]? shares) =>
        new(weight, [.. Statistic.All.Select(statistic => statistic.Compute(gradient))], spectra ? gradient.SingularValues : null, shares);

    /// <summary>A weight without statistics.</summary>
    /// <param name="weight">The weight's name in the checkpoint.</param>
    /// <param name="reason"><c>underflow</c> or <c>overflow</c>.</param>
    /// <param name="spectra">Whether the run asked for singular values.</param>
    internal static WeightStatistics None(string weight, string reason, bool spectra) =>
        new(weight, [.. Statistic.All.Select(_ => double.NaN)], spectra ? [] : null) { Unresolved = reason };

    /// <summary>Whether every number is finite.</summary>
    internal bool IsFinite => Values.All(double.IsFinite) && AllFinite(SingularValues) && AllFinite(TokenShares);

    private static bool AllFinite(double[]? values) => values is null || Array.TrueForAll(values, double.IsFinite);
}
