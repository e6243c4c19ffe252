using System.Text;
using System.Text.Json;
using LayerGrad.Gradients;

namespace LayerGrad.Runs.Statistics;

/// <summary>
/// What a run file says about one weight's gradient G (out × in), by the keys of the original's schema. <see cref="All"/> is the one table of
/// them: a new statistic is an entry here with its computation, and the lines of runs, their reader, the metrics, <c>compare</c>, <c>plot</c>,
/// <c>report</c> and <c>--metric</c> follow (<c>docs/add-a-statistic.md</c>).
/// </summary>
internal sealed class Statistic
{
    /// <summary>The unit of norms and elements: gradients are of a loss in nats with respect to weights without a unit.</summary>
    internal const string Nats = "nats";

    private static readonly List<Statistic> s_all = [];
    private readonly byte[] _utf8Key;

    private Statistic(string key, string title, string formula, Func<GradientStatistics, double> compute)
    {
        (Key, Title, Formula, Compute) = (key, title, formula, compute);
        (Position, _utf8Key) = (s_all.Count, Encoding.UTF8.GetBytes(key));
        s_all.Add(this);
    }

    /// <summary>The mean of the elements of G.</summary>
    public static Statistic Mean { get; } = new("M_mean", "mean element", "mean of the elements of G", gradient => gradient.Mean) { Unit = Nats };

    /// <summary>The largest element of G.</summary>
    public static Statistic Max { get; } = new("M_max", "largest element", "largest element of G", gradient => gradient.Max) { Unit = Nats };

    /// <summary>The smallest element of G.</summary>
    public static Statistic Min { get; } = new("M_min", "smallest element", "smallest element of G", gradient => gradient.Min) { Unit = Nats };

    /// <summary>The square root of the sum of squared elements.</summary>
    public static Statistic FrobeniusNorm { get; } =
        new("frobenius_norm", "Frobenius norm", "√ Σ σᵢ²", gradient => gradient.FrobeniusNorm) { Unit = Nats, IsPositive = true };

    /// <summary>The sum of the singular values, the nuclear norm.</summary>
    public static Statistic SingularSum { get; } =
        new("S_sum", "nuclear norm", "Σ σᵢ", gradient => gradient.SumOfSingularValues) { Unit = Nats, IsPositive = true, OfSpectrum = spectrum => spectrum.Sum };

    /// <summary>The largest singular value, the spectral norm.</summary>
    public static Statistic SingularMax { get; } =
        new("S_max", "largest singular value", "σ₁", gradient => gradient.LargestSingularValue) { Unit = Nats, IsPositive = true, OfSpectrum = spectrum => spectrum.Max };

    /// <summary>The smallest singular value; rounding noise wherever an example has fewer tokens than G has rows.</summary>
    public static Statistic SingularMin { get; } =
        new("S_min", "smallest singular value", "the smallest of all min(out, in) singular values", gradient => gradient.SmallestSingularValue)
        {
            Unit = Nats,
            IsOnRequest = true,
            OfSpectrum = spectrum => spectrum.Min,
        };

    /// <summary>exp of the entropy of the singular values divided by their sum (Roy and Vetterli 2007).</summary>
    public static Statistic EffectiveRank { get; } =
        new("effective_rank", "effective rank", "exp(−Σ pᵢ ln pᵢ), pᵢ = σᵢ / Σ σⱼ", gradient => gradient.EffectiveRank) { IsPositive = true, OfSpectrum = spectrum => spectrum.EffectiveRank };

    /// <summary>The number of singular values above the rounding limit.</summary>
    public static Statistic Rank { get; } =
        new("rank", "rank", "number of σᵢ above the rounding limit", gradient => gradient.Rank) { IsPositive = true, IsOnRequest = true };

    /// <summary>How many directions count beside the largest (Rudelson and Vershynin 2007).</summary>
    public static Statistic StableRank { get; } =
        new("stable_rank", "stable rank", "Σ σᵢ² / σ₁²", gradient => gradient.StableRank) { IsPositive = true, IsChosen = true, OfSpectrum = spectrum => spectrum.StableRank };

    /// <summary>The largest singular value over the smallest that counts in the rank.</summary>
    public static Statistic ConditionNumber { get; } =
        new("condition_number", "condition number", "σ₁ / σᵣ, r the rank", gradient => gradient.ConditionNumber) { IsPositive = true, IsChosen = true };

    /// <summary>How many directions share the squared norm (Bell and Dean 1970).</summary>
    public static Statistic ParticipationRatio { get; } =
        new("participation_ratio", "participation ratio", "(Σ σᵢ²)² / Σ σᵢ⁴", gradient => gradient.ParticipationRatio)
        {
            IsPositive = true,
            IsChosen = true,
            OfSpectrum = spectrum => spectrum.ParticipationRatio,
        };

    /// <summary>The nuclear norm over the Frobenius norm: from 1 to √ of the rank.</summary>
    public static Statistic NuclearOverFrobenius { get; } =
        new("nuclear_over_frobenius", "nuclear norm / Frobenius norm", "Σ σᵢ / √ Σ σᵢ²", gradient => gradient.NuclearOverFrobenius)
        {
            IsPositive = true,
            IsChosen = true,
            OfSpectrum = spectrum => spectrum.NuclearOverFrobenius,
        };

    /// <summary>The gradient's Frobenius norm over that of its weight.</summary>
    public static Statistic NormOverWeightNorm { get; } =
        new("norm_over_weight_norm", "Frobenius norm / weight's norm", "√ Σ σᵢ² / √ Σ Wᵢⱼ²", gradient => gradient.NormOverWeightNorm)
        {
            Unit = Nats,
            IsPositive = true,
            IsChosen = true,
        };

    /// <summary>Every statistic, in the order in which a line lists them.</summary>
    public static IReadOnlyList<Statistic> All => s_all;

    /// <summary>Its key in run files.</summary>
    public string Key { get; }

    /// <summary>Its name in words.</summary>
    public string Title { get; }

    /// <summary>How it is computed, as the documentation prints it.</summary>
    public string Formula { get; }

    /// <summary>Its unit; null for a ratio or a count.</summary>
    public string? Unit { get; private init; }

    /// <summary>Whether it is positive for every example with a gradient, so that its logarithm and ratios mean something.</summary>
    public bool IsPositive { get; private init; }

    /// <summary>Whether a report shows it only where it is asked for: measurement noise decides it, its means say little, or another shows the same.</summary>
    public bool IsOnRequest { get; private init; }

    /// <summary>Whether a run has it only where <c>--statistics</c> named it; the others stand in every line.</summary>
    public bool IsChosen { get; private init; }

    /// <summary>Its place in <see cref="All"/>.</summary>
    internal int Position { get; }

    /// <summary>A set with this statistic alone; sets of statistics are one bit for each.</summary>
    internal int Bit => 1 << Position;

    /// <summary>Its value for a gradient.</summary>
    internal Func<GradientStatistics, double> Compute { get; }

    /// <summary>Its value where a file has the singular values alone; null where they do not give it.</summary>
    internal Func<SpectrumStatistics, double>? OfSpectrum { get; private init; }

    /// <inheritdoc/>
    public override string ToString() => Key;

    /// <summary>The statistic of the key at which a reader stands; null where it names none.</summary>
    internal static Statistic? Find(ref Utf8JsonReader reader)
    {
        foreach (var statistic in s_all)
        {
            if (reader.ValueTextEquals(statistic._utf8Key))
                return statistic;
        }

        return null;
    }
}
