namespace LayerGrad;

/// <summary>A number with its 95 % interval.</summary>
/// <param name="Value">The number, computed on the examples themselves; NaN where it is not defined.</param>
/// <param name="Low">2.5 % of the bootstrap replicates lie below; NaN where there is no interval.</param>
/// <param name="High">2.5 % of the bootstrap replicates lie above; NaN where there is no interval.</param>
public readonly record struct Estimate(double Value, double Low, double High)
{
    private const double Tail = 0.025;

    /// <summary>No number.</summary>
    public static Estimate None { get; } = new(double.NaN, double.NaN, double.NaN);

    /// <summary>Whether there is a number.</summary>
    public bool IsDefined => !double.IsNaN(Value);

    /// <summary>Whether the interval lies wholly above a number.</summary>
    public bool IsAbove(double threshold) => Low > threshold;

    /// <summary>Whether the interval lies wholly below a number.</summary>
    public bool IsBelow(double threshold) => High < threshold;

    /// <summary>The percentile interval of bootstrap replicates.</summary>
    /// <param name="value">The number on the examples themselves.</param>
    /// <param name="replicates">
    /// The same number on resampled examples; NaN where a resample does not define it. It is sorted in place. Where more than half of them are
    /// NaN there is no interval.
    /// </param>
    internal static Estimate Percentile(double value, Span<double> replicates)
    {
        var finite = 0;
        for (var i = 0; i < replicates.Length; i++)
        {
            if (!double.IsNaN(replicates[i]))
                replicates[finite++] = replicates[i];
        }

        if (double.IsNaN(value) || finite == 0 || finite * 2 < replicates.Length)
            return new Estimate(value, double.NaN, double.NaN);
        var sorted = replicates[..finite];
        sorted.Sort();
        return new Estimate(value, Quantile(sorted, Tail), Quantile(sorted, 1 - Tail));
    }

    /// <summary>The same number and interval under an increasing function.</summary>
    internal Estimate Map(Func<double, double> increasing) => new(increasing(Value), increasing(Low), increasing(High));

    /// <summary>A quantile of sorted numbers, linear between neighbours (numpy's default, R's type 7).</summary>
    internal static double Quantile(ReadOnlySpan<double> sorted, double q)
    {
        var position = q * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
