namespace LayerGrad.Data;

/// <summary>A distribution of lengths.</summary>
/// <param name="Smallest">The smallest.</param>
/// <param name="Median">The median; the mean of the middle two where their number is even.</param>
/// <param name="Mean">The mean.</param>
/// <param name="Largest">The largest.</param>
/// <param name="BinWidth">The width of a bin of the histogram, a round number; the first bin begins at 0.</param>
/// <param name="Bins">How many lengths fall into each bin; an edge belongs to the bin above it.</param>
internal sealed record LengthSummary(int Smallest, double Median, double Mean, int Largest, int BinWidth, IReadOnlyList<int> Bins)
{
    private const int MostBins = 12;

    /// <summary>Summarises lengths.</summary>
    /// <param name="lengths">The lengths; at least one.</param>
    public static LengthSummary Of(IReadOnlyCollection<int> lengths)
    {
        var sorted = lengths.Order().ToArray();
        var middle = sorted.Length / 2;
        var median = sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
        var width = RoundWidth(sorted[^1]);
        var bins = new int[(sorted[^1] / width) + 1];
        foreach (var length in sorted)
            bins[length / width]++;
        return new LengthSummary(sorted[0], median, sorted.Average(), sorted[^1], width, bins);
    }

    /// <summary>The smallest of 1, 2, 5, 10, 20, 50, ... that needs no more than <see cref="MostBins"/> bins.</summary>
    private static int RoundWidth(int largest)
    {
        for (var power = 1; ; power *= 10)
        {
            foreach (var digit in (ReadOnlySpan<int>)[1, 2, 5])
            {
                if (largest / (digit * power) < MostBins)
                    return digit * power;
            }
        }
    }
}
