using LayerGrad.Analysis.Noise;
using LayerGrad.Runs;
using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;

namespace LayerGrad.Training;

/// <summary>What a probe came to at one step: means over its examples and, of a statistic, over the layers of a projection too.</summary>
internal sealed class ProbeResult
{
    private readonly SortedDictionary<(string Projection, int Statistic), (double Sum, int Count)> _sums = new(
        Comparer<(string Projection, int Statistic)>.Create(static (a, b) =>
            a.Statistic != b.Statistic ? a.Statistic.CompareTo(b.Statistic) : WeightName.CompareProjections(a.Projection, b.Projection)));

    private double _losses;
    private int _examples;
    private long _unresolved;

    /// <summary>The mean loss in nats; NaN where no example was measured.</summary>
    public double Loss => _examples == 0 ? double.NaN : _losses / _examples;

    /// <summary>The gradient noise scale of all weights together; null where it was not asked for.</summary>
    public NoiseScale? Noise { get; set; }

    /// <summary>Takes an example in.</summary>
    public void Add(Measurement measurement)
    {
        _examples++;
        _losses += measurement.Loss;
        foreach (var weight in measurement.Weights)
        {
            var projection = WeightName.Parse(weight.Weight).Projection;
            _unresolved += weight.Unresolved is null ? 0 : 1;
            foreach (var statistic in weight.Statistics)
            {
                var (sum, count) = _sums.GetValueOrDefault((projection, statistic.Position));
                _sums[(projection, statistic.Position)] = weight.Unresolved is null ? (sum + weight[statistic], count + 1) : (sum, count);
            }
        }
    }

    /// <summary>Its numbers by name. A mean of nothing is NaN; gradients without statistics and skipped examples are counted.</summary>
    /// <param name="probe">The probe's name.</param>
    /// <param name="skipped">Its examples that are not measured.</param>
    public IEnumerable<(string Tag, double Value)> Scalars(string probe, int skipped)
    {
        yield return ($"{probe}/{RunKeys.Loss}", Loss);
        foreach (var ((projection, statistic), (sum, count)) in _sums)
            yield return ($"{probe}/{Statistic.All[statistic].Key}/{projection}", count == 0 ? double.NaN : sum / count);
        if (Noise is { } noise)
        {
            yield return ($"{probe}/gradient_squared_norm", noise.SquaredNorm.Value);
            yield return ($"{probe}/gradient_trace", noise.Trace.Value);
            yield return ($"{probe}/noise_scale", noise.Scale.Value);
        }

        yield return ($"{probe}/{RunKeys.Metadata.Measured}", _examples);
        yield return ($"{probe}/{RunKeys.Metadata.Skipped}", skipped);
        yield return ($"{probe}/{RunKeys.Unresolved}", _unresolved);
    }
}
