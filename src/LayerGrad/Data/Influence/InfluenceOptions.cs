using LayerGrad.Examples;
using LayerGrad.Measuring;

namespace LayerGrad.Data.Influence;

/// <summary>The options of <c>layergrad influence</c>.</summary>
internal sealed record InfluenceOptions
{
    /// <summary>The model, the training examples and the weights; <see cref="MeasureRunOptions.Out"/> is the file that is written.</summary>
    public required MeasureRunOptions Measure { get; init; }

    /// <summary>The dataset for which training examples are ranked.</summary>
    public required string Query { get; init; }

    /// <summary>Where that lies; null to find it by its name.</summary>
    public DatasetSource? QuerySource { get; init; }

    /// <summary>At most this many examples of it; null for all.</summary>
    public int? QueryLimit { get; init; }

    /// <summary>Groups of layers beside all of them: <c>parts</c>, <c>layers</c>, <c>projections</c>, or <c>NAME=A-B</c> each.</summary>
    public IReadOnlyList<string> Groups { get; init; } = ["parts"];

    /// <summary>Whether the examples are ranked by the inner product rather than by the cosine.</summary>
    public bool ByProduct { get; init; }

    /// <summary>The share of training examples whose answers are exchanged, to see whether these are found; null for none.</summary>
    public double? Mislabel { get; init; }

    /// <summary>Resamples behind each interval of that check.</summary>
    public int Bootstrap { get; init; } = 2000;

    /// <summary>The seed of the exchange and of the resampling.</summary>
    public int Seed { get; init; }

    /// <summary>Checks what can be checked before any file is opened.</summary>
    /// <exception cref="InputException">An option is out of its range, or two of them do not go together.</exception>
    internal void Validate()
    {
        Measure.Validate();
        if (Measure.Data == StandardInput.Name && Query == StandardInput.Name)
            throw new InputException("--query -: standard input can be read only once.");
        if (QueryLimit < 1)
            throw new InputException($"--query-limit {QueryLimit}: at least 1 example is needed.");
        if (Bootstrap < 1)
            throw new InputException($"--bootstrap {Bootstrap}: must be 1 or more");
        if (Mislabel is { } share && !(share > 0 && share < 1))
            throw new InputException(FormattableString.Invariant($"--mislabel {share}: a share between 0 and 1, such as 0.1"));
        if (Measure.Measurement.SplitFused)
            throw new InputException("--split-fused: a fused weight and its parts would count twice in a group; leave it out.");
        if (!Measure.Out.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) && !Measure.Out.EndsWith(".json", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"--out {Measure.Out}: name it FILE.csv or FILE.json");
        if (File.Exists(Measure.Out) || Directory.Exists(Measure.Out))
            throw new InputException($"{Measure.Out}: there is such a file already; name another --out, or remove it.");
    }
}
