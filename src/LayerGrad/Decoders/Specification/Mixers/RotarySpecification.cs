namespace LayerGrad.Decoders.Specification;

/// <summary>
/// Rotary position embedding (Su et al. 2021, arXiv 2104.09864): the angles that its scaling gives to an example, which for some kinds
/// depend on the example's own length and on nothing else.
/// </summary>
/// <param name="InverseFrequencies">The angle per position of each pair of columns, scaling included, for an example that is not long. A frequency of 0 leaves its pair as it is.</param>
/// <param name="Interleaved">Whether columns 2i and 2i+1 make a pair (GPT-J), rather than i and i + half (GPT-NeoX).</param>
internal sealed record RotarySpecification(IReadOnlyList<double> InverseFrequencies, bool Interleaved)
{
    /// <summary>The columns of a head that are turned; the rest stays as it is.</summary>
    public int Columns => 2 * InverseFrequencies.Count;

    /// <summary>What multiplies the turned columns of queries and keys (yarn's and longrope's attention factor).</summary>
    public double Magnitude { get; init; } = 1;

    /// <summary>What long examples have in place of <see cref="InverseFrequencies"/>; null where length makes no difference.</summary>
    public LongExamples? Long { get; init; }

    /// <summary>Which frequencies an example has: examples for which this is the same share a table.</summary>
    /// <param name="length">Its length in tokens.</param>
    /// <returns>0 for <see cref="InverseFrequencies"/>.</returns>
    public int VariantOf(int length) => Long is { } others && length > others.Threshold ? others.ChangesWithLength ? length : 1 : 0;

    /// <summary>The frequencies of an example.</summary>
    /// <param name="length">Its length in tokens.</param>
    public IReadOnlyList<double> FrequenciesOf(int length) => VariantOf(length) == 0 ? InverseFrequencies : Long!.FrequenciesOf(length);

    /// <summary>base^(−2i/columns) for i = 0 … columns/2 − 1.</summary>
    /// <param name="theta">The base.</param>
    /// <param name="columns">The columns that are turned, an even number.</param>
    public static double[] Frequencies(double theta, int columns) =>
        [.. Enumerable.Range(0, columns / 2).Select(i => 1 / Math.Pow(theta, 2.0 * i / columns))];

    /// <summary>The frequencies of examples beyond a length.</summary>
    /// <param name="Threshold">The longest example that does not count as long, in tokens.</param>
    /// <param name="ChangesWithLength">Whether each length has frequencies of its own (dynamic), rather than all the same (longrope).</param>
    /// <param name="FrequenciesOf">The frequencies for a length in tokens.</param>
    public sealed record LongExamples(int Threshold, bool ChangesWithLength, Func<int, IReadOnlyList<double>> FrequenciesOf);
}
