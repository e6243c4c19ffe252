using LayerGrad.Runs.Measurements;

namespace LayerGrad;

/// <summary>What is measured of each example. The defaults are those of <c>layergrad measure</c>.</summary>
public sealed record MeasureOptions
{
    /// <summary>How the text becomes tokens and which of them count.</summary>
    public Protocol Protocol { get; init; } = Protocol.Paper;

    /// <summary>Whether the prompt is written by the model's chat template.</summary>
    public bool Chat { get; init; }

    /// <summary>The date that chat templates see; null for today.</summary>
    public DateOnly? Date { get; init; }

    /// <summary>Tokens after which an example is cut; at least 2.</summary>
    public int MaxLength { get; init; } = 1024;

    /// <summary>Which weights; null for the protocol's own choice, which for <see cref="Protocol.Paper"/> is that of the original script.</summary>
    public WeightSelection? Weights { get; init; }

    /// <summary>Whether the parts of fused weights, such as the queries of <c>qkv_proj</c>, are measured beside the whole.</summary>
    public bool SplitFused { get; init; }

    /// <summary>Whether each token's share of each gradient is computed: <see cref="MeasuredGradient.TokenShares"/>.</summary>
    public bool TokenShares { get; init; }

    /// <summary>
    /// Whether the factors of all gradients are kept with the measured examples: <see cref="MeasuredGradient.Factors"/>. They take tokens · (outputs + inputs)
    /// numbers a weight and example, for as long as the example is referred to.
    /// </summary>
    public bool Factors { get; init; }

    /// <summary>Statistics of one's own; each is found under its name beside LayerGrad's: <see cref="MeasuredGradient.this[string]"/>.</summary>
    public IReadOnlyList<IGradientStatistic> Statistics { get; init; } = [];

    /// <summary>Receivers of gradients of one's own.</summary>
    public IReadOnlyList<IGradientSink> Sinks { get; init; } = [];

    /// <summary>
    /// Is told of an example that cannot be measured (an empty response, one wholly beyond the maximum length, a loss that is not finite) and why; measuring
    /// then goes on with the next. Where it is null, such an example ends the enumeration with an <see cref="InputException"/>.
    /// </summary>
    public Action<Example, string>? Skipped { get; init; }

    /// <summary>The same as the command line's options.</summary>
    internal MeasurementSpecification Specification(ModelOptions model) => new()
    {
        Protocol = Protocol,
        Chat = Chat,
        Date = Date,
        TokenizerRules = model.TokenizerRules,
        MaxLength = MaxLength,
        Weights = Weights?.Text,
        SplitFused = SplitFused,
        Spectra = true,
        Tokens = TokenShares,
        Precision = model.Precision,
    };
}
