namespace LayerGrad.Analysis.Estimation;

/// <summary>
/// The difference in level between two sets with response length held equal, in two ways that fail differently: within strata of equal length,
/// which needs the sets to overlap, and by linear regression in logarithms, which needs the relation to be linear there.
/// </summary>
internal sealed class LengthControl
{
    /// <summary>Strata to a doubling of length: responses in one differ by at most 19 %.</summary>
    private const int StrataPerDoubling = 4;

    /// <summary>The least number of examples of each set in common strata for matching to be worth a number.</summary>
    private const int LeastMatched = 5;

    private readonly Side _set;
    private readonly Side _reference;

    /// <summary>Takes the two sets.</summary>
    /// <param name="setLevels">Log level of each example of the set; NaN leaves an example out.</param>
    /// <param name="setTokens">Its response tokens.</param>
    /// <param name="referenceLevels">The same of the reference.</param>
    /// <param name="referenceTokens">Its response tokens.</param>
    public LengthControl(double[] setLevels, ReadOnlySpan<double> setTokens, double[] referenceLevels, ReadOnlySpan<double> referenceTokens)
    {
        _set = new Side(setLevels, setTokens);
        _reference = new Side(referenceLevels, referenceTokens);
        var shared = _set.Stratum.Where((_, i) => _set.Counts(i)).Intersect(_reference.Stratum.Where((_, i) => _reference.Counts(i))).ToHashSet();
        MatchedSet = _set.In(shared);
        MatchedReference = _reference.In(shared);
    }

    /// <summary>Examples of the set in strata that both sets reach.</summary>
    public int MatchedSet { get; }

    /// <summary>Examples of the reference in strata that both sets reach.</summary>
    public int MatchedReference { get; }

    /// <summary>Raw, matched and regression difference of log levels, and the regression's slope, on weighted examples.</summary>
    public (double Raw, double Matched, double Regression, double Slope) Differences(ReadOnlySpan<double> setWeights, ReadOnlySpan<double> referenceWeights)
    {
        var a = _set.Moments(setWeights);
        var b = _reference.Moments(referenceWeights);
        var slope = (a.Sxy + b.Sxy) / (a.Sxx + b.Sxx);
        var raw = a.MeanY - b.MeanY;
        var matched = MatchedSet < LeastMatched || MatchedReference < LeastMatched ? double.NaN : Matched(setWeights, referenceWeights);
        return (raw, matched, raw - (slope * (a.MeanX - b.MeanX)), slope);
    }

    /// <summary>Differences within strata, each weighted by n₁n₂/(n₁+n₂), which is what makes their mean's variance least.</summary>
    private double Matched(ReadOnlySpan<double> setWeights, ReadOnlySpan<double> referenceWeights)
    {
        var strata = new Dictionary<int, (double SetWeight, double SetSum, double ReferenceWeight, double ReferenceSum)>();
        for (var i = 0; i < setWeights.Length; i++)
        {
            if (!_set.Counts(i))
                continue;
            var cell = strata.GetValueOrDefault(_set.Stratum[i]);
            strata[_set.Stratum[i]] = cell with { SetWeight = cell.SetWeight + setWeights[i], SetSum = cell.SetSum + (setWeights[i] * _set.Y[i]) };
        }

        for (var i = 0; i < referenceWeights.Length; i++)
        {
            if (!_reference.Counts(i) || !strata.TryGetValue(_reference.Stratum[i], out var cell))
                continue;
            strata[_reference.Stratum[i]] = cell with
            {
                ReferenceWeight = cell.ReferenceWeight + referenceWeights[i],
                ReferenceSum = cell.ReferenceSum + (referenceWeights[i] * _reference.Y[i]),
            };
        }

        var (sum, total) = (0.0, 0.0);
        foreach (var cell in strata.Values)
        {
            if (cell.SetWeight == 0 || cell.ReferenceWeight == 0)
                continue;
            var weight = cell.SetWeight * cell.ReferenceWeight / (cell.SetWeight + cell.ReferenceWeight);
            sum += weight * ((cell.SetSum / cell.SetWeight) - (cell.ReferenceSum / cell.ReferenceWeight));
            total += weight;
        }

        return sum / total;
    }

    /// <summary>One set: y the log level, x the log of the response tokens.</summary>
    private sealed class Side
    {
        public Side(double[] levels, ReadOnlySpan<double> tokens)
        {
            Y = levels;
            X = new double[levels.Length];
            Stratum = new int[levels.Length];
            for (var i = 0; i < X.Length; i++)
            {
                X[i] = Math.Log(tokens[i]);
                Stratum[i] = (int)Math.Floor(Math.Log2(tokens[i]) * StrataPerDoubling);
            }
        }

        public double[] Y { get; }

        public double[] X { get; }

        public int[] Stratum { get; }

        public bool Counts(int i) => double.IsFinite(Y[i]) && double.IsFinite(X[i]);

        public int In(HashSet<int> strata)
        {
            var count = 0;
            for (var i = 0; i < Stratum.Length; i++)
                count += Counts(i) && strata.Contains(Stratum[i]) ? 1 : 0;
            return count;
        }

        public (double MeanX, double MeanY, double Sxx, double Sxy) Moments(ReadOnlySpan<double> weights)
        {
            double total = 0, sumX = 0, sumY = 0;
            for (var i = 0; i < weights.Length; i++)
            {
                if (weights[i] == 0 || !Counts(i))
                    continue;
                total += weights[i];
                sumX += weights[i] * X[i];
                sumY += weights[i] * Y[i];
            }

            var (meanX, meanY, sxx, sxy) = (sumX / total, sumY / total, 0.0, 0.0);
            for (var i = 0; i < weights.Length; i++)
            {
                if (weights[i] == 0 || !Counts(i))
                    continue;
                var dx = X[i] - meanX;
                sxx += weights[i] * dx * dx;
                sxy += weights[i] * dx * (Y[i] - meanY);
            }

            return (meanX, meanY, sxx, sxy);
        }
    }
}
