using LayerGrad.Analysis;

namespace LayerGrad;

/// <summary>One run of a comparison.</summary>
public sealed class ComparedSet
{
    private readonly SetResult _set;

    internal ComparedSet(SetResult set) => _set = set;

    /// <summary>Its name in tables and figures.</summary>
    public string Label => _set.Label;

    /// <summary>Measured examples.</summary>
    public int Examples => _set.Examples;

    /// <summary>Mean loss over the examples, in nats a token.</summary>
    public Estimate Loss => _set.Loss;

    /// <summary>Mean number of response tokens; undefined where the run does not say.</summary>
    public Estimate ResponseTokens => _set.ResponseTokens;

    /// <summary>The projections that the metrics are known for, such as <c>Q</c>, <c>K</c>, <c>V</c> and <c>O</c>.</summary>
    public IReadOnlyList<string> Projections => [.. _set.Metrics[0].Projections.Select(projection => projection.Projection)];

    /// <summary>Mean of a metric at each layer.</summary>
    /// <param name="projection">A projection of <see cref="Projections"/>.</param>
    /// <param name="metric">A metric of <see cref="CompareOptions.Metrics"/>; the first of them where it is null.</param>
    /// <exception cref="KeyNotFoundException">There is no such projection or metric.</exception>
    public IReadOnlyList<Estimate> Curve(string projection, string? metric = null) => Of(projection, metric).Curve;

    /// <summary>Mean of that curve over the layers.</summary>
    /// <param name="projection">A projection of <see cref="Projections"/>.</param>
    /// <param name="metric">A metric of <see cref="CompareOptions.Metrics"/>; the first of them where it is null.</param>
    /// <exception cref="KeyNotFoundException">There is no such projection or metric.</exception>
    public Estimate Level(string projection, string? metric = null) => Of(projection, metric).Level;

    /// <summary>Mean absolute difference between neighbouring layers of that curve (MAD).</summary>
    /// <param name="projection">A projection of <see cref="Projections"/>.</param>
    /// <param name="metric">A metric of <see cref="CompareOptions.Metrics"/>; the first of them where it is null.</param>
    /// <exception cref="KeyNotFoundException">There is no such projection or metric.</exception>
    public Estimate Mad(string projection, string? metric = null) => Of(projection, metric).Mad.All;

    private ProjectionResult Of(string projection, string? metric)
    {
        var result = metric is null ? _set.Metrics[0] : _set.Metrics.FirstOrDefault(of => string.Equals(of.Metric.Name, metric, StringComparison.OrdinalIgnoreCase))
            ?? throw new KeyNotFoundException($"'{metric}' was not compared; {string.Join(", ", _set.Metrics.Select(of => of.Metric.Name))} was.");
        return result.Projections.FirstOrDefault(of => string.Equals(of.Projection, projection, StringComparison.Ordinal))
            ?? throw new KeyNotFoundException($"{Label} has no projection '{projection}'; it has {string.Join(", ", Projections)}.");
    }
}
