namespace LayerGrad.Runs.Statistics;

/// <summary>What a list of singular values gives; NaN where the list is empty or holds a NaN.</summary>
/// <param name="Sum">Their sum.</param>
/// <param name="Max">The largest.</param>
/// <param name="Min">The smallest.</param>
/// <param name="EffectiveRank">exp of the entropy of the values divided by their sum; NaN where the sum is zero.</param>
/// <param name="Squares">The sum of (σ/σ₁)²; NaN where σ₁ is zero.</param>
/// <param name="Fourths">The sum of (σ/σ₁)⁴; NaN where σ₁ is zero.</param>
internal readonly record struct SpectrumStatistics(double Sum, double Max, double Min, double EffectiveRank, double Squares = double.NaN, double Fourths = double.NaN)
{
    /// <summary>How far a list may be from the statistics beside it, relative: either may have been rounded to bfloat16, which keeps 8 bits.</summary>
    private const double Tolerance = 0.01;

    /// <summary>Σ σᵢ² / σ₁².</summary>
    public double StableRank => Squares;

    /// <summary>(Σ σᵢ²)² / Σ σᵢ⁴.</summary>
    public double ParticipationRatio => Squares * Squares / Fourths;

    /// <summary>Σ σᵢ / √ Σ σᵢ².</summary>
    public double NuclearOverFrobenius => Sum / (Max * Math.Sqrt(Squares));

    /// <summary>The statistics of a list.</summary>
    /// <param name="values">The singular values, in any order.</param>
    public static SpectrumStatistics Of(List<double> values)
    {
        if (values.Count == 0)
            return new(0, double.NaN, double.NaN, double.NaN);
        var (sum, max, min) = (0.0, double.NegativeInfinity, double.PositiveInfinity);
        foreach (var value in values)
            (sum, max, min) = (sum + value, Math.Max(max, value), Math.Min(min, value));
        var entropy = 0.0;
        foreach (var value in values)
        {
            var p = value / sum;
            entropy -= p is > 0 or double.NaN ? p * Math.Log(p) : 0;
        }

        var (squares, fourths) = (0.0, 0.0);
        foreach (var value in values)
        {
            var square = value / max * (value / max); // NaN where all are zero
            (squares, fourths) = (squares + square, fourths + square * square);
        }

        return new(sum, max, min, sum > 0 ? Math.Exp(entropy) : double.NaN, squares, fourths);
    }

    /// <summary>Why the list cannot be the singular values of the gradient whose statistics stand beside it; null where it can.</summary>
    /// <param name="native">The statistics that stand beside it, one bit for each <see cref="Statistic"/>.</param>
    /// <param name="sum"><c>S_sum</c>, where it stands there.</param>
    /// <param name="max"><c>S_max</c>, where it stands there.</param>
    public string? Fault(int native, double sum, double max)
    {
        if (double.IsInfinity(Sum) || double.IsInfinity(Max))
            return "whose values or their sum are beyond the range of numbers";
        if (Min < 0)
            return "with a negative value, which no singular value is";
        if ((native & Statistic.SingularSum.Bit) != 0 && Contradicts(Sum, sum))
            return $"whose sum contradicts {Statistic.SingularSum}";
        return (native & Statistic.SingularMax.Bit) != 0 && Contradicts(Max, max) ? $"whose largest value contradicts {Statistic.SingularMax}" : null;
    }

    /// <summary>NaN contradicts nothing: it counts as left out.</summary>
    private static bool Contradicts(double derived, double stated) => Math.Abs(derived - stated) > Tolerance * Math.Max(Math.Abs(derived), Math.Abs(stated));
}
