namespace LayerGrad.Decoders.Specification;

/// <summary>Rotary position embedding (Su et al. 2021, arXiv 2104.09864).</summary>
/// <param name="InverseFrequencies">The angle per position of each pair of columns, scaling included.</param>
/// <param name="Interleaved">Whether columns 2i and 2i+1 make a pair (GPT-J), rather than i and i + half (GPT-NeoX).</param>
public sealed record RotarySpecification(IReadOnlyList<double> InverseFrequencies, bool Interleaved)
{
    /// <summary>The columns of a head that are turned; the rest stays as it is.</summary>
    public int Columns => 2 * InverseFrequencies.Count;

    /// <summary>base^(−2i/columns) for i = 0 … columns/2 − 1.</summary>
    /// <param name="theta">The base.</param>
    /// <param name="columns">The columns that are turned, an even number.</param>
    public static double[] Frequencies(double theta, int columns) =>
        [.. Enumerable.Range(0, columns / 2).Select(i => 1 / Math.Pow(theta, 2.0 * i / columns))];
}
