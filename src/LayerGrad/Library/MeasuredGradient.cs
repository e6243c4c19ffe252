using LayerGrad.Runs.Measurements;
using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;

namespace LayerGrad;

/// <summary>What was measured of the loss gradient G (outputs × inputs) of one weight for one example.</summary>
public sealed class MeasuredGradient
{
    private readonly IReadOnlyList<double> _values;
    private readonly Dictionary<string, double> _own = new(StringComparer.Ordinal);
    private readonly WeightName _name;
    private GradientFactors? _factors;

    internal MeasuredGradient(WeightStatistics measured)
        : this(WeightName.Parse(measured.Weight), measured.Values, measured.SingularValues ?? [], measured.Unresolved)
    {
        TokenShares = measured.TokenShares ?? [];
        _factors = measured.Factors;
    }

    internal MeasuredGradient(WeightName name, IReadOnlyList<double> values, IReadOnlyList<double> singularValues, string? unresolved)
    {
        (_name, _values, SingularValues, Unresolved) = (name, values, singularValues, unresolved);
    }

    /// <summary>The weight's full name, such as <c>model.layers.0.self_attn.q_proj.weight</c>.</summary>
    public string Weight => _name.Name;

    /// <summary>The weight's layer, from 0; null outside the layers.</summary>
    public int? Layer => _name.Layer;

    /// <summary>What the weight projects to: <c>Q</c>, <c>K</c>, <c>V</c>, <c>O</c>, <c>gate</c>, <c>up</c>, <c>down</c>, or the part of the name behind the layer.</summary>
    public string Projection => _name.Projection;

    /// <summary>The sum of the singular values, in nats (<c>S_sum</c>).</summary>
    public double NuclearNorm => this[Statistic.SingularSum];

    /// <summary>The largest singular value, the spectral norm, in nats (<c>S_max</c>).</summary>
    public double LargestSingularValue => this[Statistic.SingularMax];

    /// <summary>The smallest of all min(outputs, inputs) singular values, in nats (<c>S_min</c>).</summary>
    public double SmallestSingularValue => this[Statistic.SingularMin];

    /// <summary>The square root of the sum of squared elements, in nats (<c>frobenius_norm</c>).</summary>
    public double FrobeniusNorm => this[Statistic.FrobeniusNorm];

    /// <summary>The mean of the elements, in nats (<c>M_mean</c>).</summary>
    public double Mean => this[Statistic.Mean];

    /// <summary>The largest element, in nats (<c>M_max</c>).</summary>
    public double Max => this[Statistic.Max];

    /// <summary>The smallest element, in nats (<c>M_min</c>).</summary>
    public double Min => this[Statistic.Min];

    /// <summary>exp of the entropy of the singular values divided by their sum (<c>effective_rank</c>).</summary>
    public double EffectiveRank => this[Statistic.EffectiveRank];

    /// <summary>The number of singular values above the rounding limit (<c>rank</c>); NaN where a run file does not say it.</summary>
    public double Rank => this[Statistic.Rank];

    /// <summary>All min(outputs, inputs) singular values, largest first; empty where the gradient is unresolved, and where a run file has none.</summary>
    public IReadOnlyList<double> SingularValues { get; }

    /// <summary>⟨δₜ xₜᵀ, G⟩ / ‖G‖² for each token t of the example, which sum to 1; empty without <see cref="MeasureOptions.TokenShares"/>.</summary>
    public IReadOnlyList<double> TokenShares { get; } = [];

    /// <summary>
    /// Why the gradient could not be computed within the range of the numbers, <c>underflow</c> or <c>overflow</c>: every statistic is then NaN. Null where it could.
    /// </summary>
    public string? Unresolved { get; }

    /// <summary>The factors of G.</summary>
    /// <exception cref="InvalidOperationException">They were not asked for, or are not kept any longer.</exception>
    public GradientFactors Factors => _factors
        ?? throw new InvalidOperationException($"the factors of {Weight} are not kept: ask for them with MeasureOptions.Factors, or with NeedsFactors of a sink or a statistic.");

    /// <summary>A statistic by its key in run files, such as <c>S_sum</c>, or one of one's own by its name.</summary>
    /// <param name="statistic">The key or name.</param>
    /// <exception cref="KeyNotFoundException">There is none; the message says which there are.</exception>
    public double this[string statistic]
    {
        get
        {
            ArgumentNullException.ThrowIfNull(statistic);
            foreach (var known in StatisticSelection.Default)
            {
                if (string.Equals(known.Key, statistic, StringComparison.Ordinal))
                    return this[known];
            }

            return _own.TryGetValue(statistic, out var value) ? value
                : throw new KeyNotFoundException($"there is no statistic '{statistic}'; there are {string.Join(", ", StatisticSelection.Default.Select(known => known.Key).Concat(_own.Keys))}.");
        }
    }

    private double this[Statistic statistic] => _values[statistic.Position];

    /// <summary>Whether factors are kept, for now or for as long as the example is.</summary>
    internal bool HasFactors => _factors is not null;

    /// <summary>Adds a statistic of the user's.</summary>
    internal void Add(IGradientStatistic statistic) => _own[statistic.Name] = Unresolved is null ? statistic.Compute(this) : double.NaN;

    /// <summary>Gives up factors that were kept for sinks and statistics alone.</summary>
    internal void ForgetFactors() => _factors = null;
}
