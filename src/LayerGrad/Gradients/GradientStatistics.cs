using LayerGrad.Compute;

namespace LayerGrad.Gradients;

/// <summary>The statistics of one weight's loss gradient G (outputs x inputs) for one example.</summary>
/// <param name="Mean">The mean of the elements of G.</param>
/// <param name="Max">The largest element.</param>
/// <param name="Min">The smallest element.</param>
/// <param name="FrobeniusNorm">√ of the sum of squared elements.</param>
/// <param name="SingularValues">All min(outputs, inputs) singular values, descending; those beyond the factors' rank are zero.</param>
internal sealed record GradientStatistics(double Mean, double Max, double Min, double FrobeniusNorm, double[] SingularValues)
{
    /// <summary>Singular values at or below this part of the largest count as zero, in the rank and in the effective rank.</summary>
    public const double RankTolerance = 1e-12;

    /// <summary>The nuclear norm Σ σ.</summary>
    public double SumOfSingularValues => SingularValues.Sum();

    /// <summary>σ₁, the spectral norm.</summary>
    public double LargestSingularValue => SingularValues[0];

    /// <summary>The last singular value; 0 where the rank is below the size.</summary>
    public double SmallestSingularValue => SingularValues[^1];

    /// <summary>How many singular values lie above <see cref="RankTolerance"/> · σ₁.</summary>
    public int Rank => SingularValues.Count(value => value > RankTolerance * LargestSingularValue);

    /// <summary>
    /// exp of the entropy of σ / Σσ (Roy and Vetterli 2007, "The effective rank"); 0 for a gradient that is zero.
    /// </summary>
    public double EffectiveRank
    {
        get
        {
            var cut = RankTolerance * LargestSingularValue;
            var total = SingularValues.Where(value => value > cut).Sum();
            if (total == 0)
                return 0;
            var entropy = 0.0;
            foreach (var value in SingularValues)
            {
                if (value > cut)
                    entropy -= value / total * Math.Log(value / total);
            }

            return double.IsNaN(total) ? double.NaN : Math.Exp(entropy);
        }
    }

    /// <summary>√ of the sum of squared elements of the weight itself; NaN where nobody asked for it.</summary>
    public double WeightNorm { get; init; } = double.NaN;

    /// <summary>‖G‖²_F / σ₁² (Rudelson and Vershynin 2007); NaN for a gradient that is zero.</summary>
    public double StableRank => IsZero ? double.NaN : SumOfPowers(2);

    /// <summary>σ₁ over the last singular value that counts in <see cref="Rank"/>; NaN for a gradient that is zero.</summary>
    public double ConditionNumber => IsZero ? double.NaN : LargestSingularValue / SingularValues[Rank - 1];

    /// <summary>(Σ σ²)² / Σ σ⁴ (Bell and Dean 1970, of the eigenvalues of G Gᵀ); NaN for a gradient that is zero.</summary>
    public double ParticipationRatio => IsZero ? double.NaN : SumOfPowers(2) * SumOfPowers(2) / SumOfPowers(4);

    /// <summary>Σ σ / ‖G‖_F; NaN for a gradient that is zero.</summary>
    public double NuclearOverFrobenius => IsZero ? double.NaN : SumOfPowers(1) / Math.Sqrt(SumOfPowers(2));

    /// <summary>‖G‖_F / ‖W‖_F; NaN for a weight that is zero.</summary>
    public double NormOverWeightNorm => WeightNorm == 0 ? double.NaN : FrobeniusNorm / WeightNorm;

    private bool IsZero => LargestSingularValue == 0;

    /// <summary>Completes what a device found.</summary>
    /// <param name="summary">The device's summary.</param>
    /// <param name="outputs">The rows of G.</param>
    /// <param name="inputs">The columns of G.</param>
    internal static GradientStatistics Create(GradientSummary summary, int outputs, int inputs)
    {
        var values = new double[Math.Min(outputs, inputs)];
        summary.SingularValues.CopyTo(values, 0);
        return new GradientStatistics(summary.Sum / ((double)outputs * inputs), summary.Max, summary.Min, summary.FrobeniusNorm, values);
    }

    /// <summary>Σ (σ/σ₁)^power: relative to the largest, so that neither power leaves the range of numbers.</summary>
    private double SumOfPowers(int power)
    {
        var sum = 0.0;
        foreach (var value in SingularValues)
            sum += Math.Pow(value / LargestSingularValue, power);
        return sum;
    }

    /// <summary>The statistics of a gradient that is zero, as that of an expert which no token of the example reached.</summary>
    /// <param name="outputs">The rows of G.</param>
    /// <param name="inputs">The columns of G.</param>
    internal static GradientStatistics Zero(int outputs, int inputs) => new(0, 0, 0, 0, new double[Math.Min(outputs, inputs)]);
}
