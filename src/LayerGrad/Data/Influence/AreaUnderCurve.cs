using LayerGrad.Analysis.Estimation;

namespace LayerGrad.Data.Influence;

/// <summary>
/// The area under the receiver operating characteristic of a score: P(mislabelled &gt; other) + ½ P(equal) (Mann and Whitney 1947). Examples are sorted once; any
/// weighting of them takes one pass.
/// </summary>
internal sealed class AreaUnderCurve
{
    private readonly bool[] _labels;
    private readonly double[] _scores;
    private readonly int[] _order;

    /// <summary>Sorts the examples.</summary>
    /// <param name="name">What the score is.</param>
    /// <param name="labels">Which of the examples are mislabelled.</param>
    /// <param name="scores">A number for each, larger for more suspicious; NaN leaves the example out.</param>
    public AreaUnderCurve(string name, bool[] labels, double[] scores)
    {
        (Name, _labels, _scores) = (name, labels, scores);
        _order = [.. Enumerable.Range(0, scores.Length).Where(i => !double.IsNaN(scores[i])).OrderBy(i => scores[i])];
        var ones = new double[labels.Length];
        Array.Fill(ones, 1);
        Value = Area(ones);
    }

    /// <summary>What the score is.</summary>
    public string Name { get; }

    /// <summary>The area; NaN where there are no examples of one kind.</summary>
    public double Value { get; }

    /// <summary>The areas of some scores under the same draws, of the examples of either kind among themselves.</summary>
    /// <param name="areas">The scores.</param>
    /// <param name="labels">Which of the examples are mislabelled.</param>
    /// <param name="replicates">How often is drawn.</param>
    /// <param name="seed">The seed of the draws.</param>
    public static double[][] Draw(IReadOnlyList<AreaUnderCurve> areas, bool[] labels, int replicates, int seed)
    {
        int[][] kinds = [.. new[] { true, false }.Select(kind => Enumerable.Range(0, labels.Length).Where(i => labels[i] == kind).ToArray())];
        var drawn = new double[replicates][];
        Parallel.For(0, replicates, replicate =>
        {
            var counts = new double[labels.Length];
            var random = new Xoshiro256((ulong)seed, (uint)replicate);
            foreach (var kind in kinds)
            {
                for (var i = 0; i < kind.Length; i++)
                    counts[kind[random.Below(kind.Length)]]++;
            }

            drawn[replicate] = [.. areas.Select(area => area.Area(counts))];
        });
        return drawn;
    }

    private double Area(double[] counts)
    {
        double below = 0, mislabelled = 0, area = 0;
        for (var i = 0; i < _order.Length;)
        {
            double others = 0, found = 0;
            var score = _scores[_order[i]];
            for (; i < _order.Length && _scores[_order[i]] == score; i++)
            {
                if (_labels[_order[i]])
                    found += counts[_order[i]];
                else
                    others += counts[_order[i]];
            }

            area += found * (below + (others / 2));
            below += others;
            mislabelled += found;
        }

        return mislabelled > 0 && below > 0 ? area / (mislabelled * below) : double.NaN;
    }
}
