using LayerGrad.Gradients;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Runs.Measurements;

/// <summary>
/// The statistics of one weight's loss gradient G (out × in) for one example: every <see cref="Statistic"/>, and what the run asked for beside them.
/// </summary>
/// <param name="Weight">The weight's name in the checkpoint, such as <c>model.layers.0.self_attn.q_proj.weight</c>.</param>
/// <param name="Values">The statistics, in the order of <see cref="Statistics"/>; NaN where a chosen one is not defined.</param>
/// <param name="SingularValues">All min(out, in) singular values, descending (<c>S_list</c>), where the run asked for them.</param>
/// <param name="TokenShares">⟨δₜ xₜᵀ, G⟩ / ‖G‖² for each token t of the example, where the run asked for them; they sum to 1.</param>
internal sealed record WeightStatistics(string Weight, IReadOnlyList<double> Values, double[]? SingularValues = null, double[]? TokenShares = null)
{
    /// <summary>
    /// Why the gradient could not be computed within the range of the run's numbers: <c>underflow</c> or <c>overflow</c>, and
    /// every statistic is then NaN; null where it could.
    /// </summary>
    public string? Unresolved { get; private init; }

    /// <summary>The factors of the gradient, where a program asked for them; they are written to no file.</summary>
    public GradientFactors? Factors { get; init; }

    /// <summary>Which statistics there are, in the order in which a line lists them.</summary>
    internal IReadOnlyList<Statistic> Statistics { get; private init; } = StatisticSelection.Default;

    /// <summary>A statistic; NaN where it was not chosen.</summary>
    public double this[Statistic statistic]
    {
        get
        {
            for (var i = 0; i < Statistics.Count; i++)
            {
                if (Statistics[i] == statistic)
                    return Values[i];
            }

            return double.NaN;
        }
    }

    /// <summary>The statistics of a gradient.</summary>
    /// <param name="weight">The weight's name in the checkpoint.</param>
    /// <param name="gradient">What was computed of its gradient.</param>
    /// <param name="statistics">The statistics that the run asked for.</param>
    /// <param name="spectra">Whether the run asked for singular values.</param>
    /// <param name="shares">The tokens' shares, where the run asked for them.</param>
    internal static WeightStatistics Of(string weight, GradientStatistics gradient, IReadOnlyList<Statistic> statistics, bool spectra, double[]? shares) =>
        new(weight, [.. statistics.Select(statistic => statistic.Compute(gradient))], spectra ? gradient.SingularValues : null, shares) { Statistics = statistics };

    /// <summary>A weight without statistics.</summary>
    /// <param name="weight">The weight's name in the checkpoint.</param>
    /// <param name="reason"><c>underflow</c> or <c>overflow</c>.</param>
    /// <param name="statistics">The statistics that the run asked for.</param>
    /// <param name="spectra">Whether the run asked for singular values.</param>
    internal static WeightStatistics None(string weight, string reason, IReadOnlyList<Statistic> statistics, bool spectra) =>
        new(weight, [.. statistics.Select(_ => double.NaN)], spectra ? [] : null) { Statistics = statistics, Unresolved = reason };

    /// <summary>Whether every number is finite, but for a chosen statistic of a gradient that is zero.</summary>
    internal bool IsFinite => Statistics.Zip(Values).All(static one => double.IsFinite(one.Second) || (one.First.IsChosen && double.IsNaN(one.Second))) && AllFinite(SingularValues) && AllFinite(TokenShares);

    private static bool AllFinite(double[]? values) => values is null || Array.TrueForAll(values, double.IsFinite);
}
