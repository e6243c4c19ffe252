namespace LayerGrad.Decoders.Specification;

/// <summary>
/// What a decoder consists of: the sizes, settings and tensor names that a family's file reads from a configuration.
/// It holds no weights, and the engine knows nothing of a family beyond it.
/// </summary>
internal sealed record DecoderSpecification
{
    /// <summary>The family, as <c>model_type</c> names it.</summary>
    public required string Family { get; init; }

    /// <summary>The columns of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>The number of tokens that the embedding knows.</summary>
    public int VocabularySize => Embedding.Rows;

    /// <summary>The longest sequence that the configuration allows.</summary>
    public required int MaximumPositions { get; init; }

    /// <summary>The embedding, vocabulary x hidden.</summary>
    public required ParameterSpecification Embedding { get; init; }

    /// <summary>What multiplies the embedding (Gemma: √hidden).</summary>
    public double EmbeddingScale { get; init; } = 1;

    /// <summary>The learned embedding of positions that is added to that of tokens (GPT-2), positions x hidden, or null.</summary>
    public ParameterSpecification? PositionEmbedding { get; init; }

    /// <summary>The inputs of each layer beside the residual stream (Gemma 4), or null.</summary>
    public PerLayerInputsSpecification? PerLayerInputs { get; init; }

    /// <summary>The layers, first to last.</summary>
    public required IReadOnlyList<LayerSpecification> Layers { get; init; }

    /// <summary>The norm after the last layer.</summary>
    public required NormSpecification FinalNorm { get; init; }

    /// <summary>The head.</summary>
    public required HeadSpecification Head { get; init; }

    /// <summary>What an adapter adds to the weights of the linear layers, in the order of the checkpoint; the parameters are read with it merged.</summary>
    internal IReadOnlyList<AdaptedLinear> Adapters { get; init; } = [];

    /// <summary>Fields of the configuration that are there and that the family does not use; those known to change nothing are left out.</summary>
    public IReadOnlyList<string> UnusedFields { get; init; } = [];

    /// <summary>What the tensors of a model's other parts begin with, those that see and layers that predict tokens further ahead, which take no part in the loss of text; they are not read.</summary>
    public IReadOnlyList<string> OtherParts { get; init; } = [];

    /// <summary>Whether a tensor belongs to one of them.</summary>
    /// <param name="tensor">Its name.</param>
    public bool IsOtherPart(string tensor) => OtherParts.Any(part => tensor.StartsWith(part, StringComparison.Ordinal));

    /// <summary>Whether the head's weight is the embedding.</summary>
    public bool IsTied => Head.Linear.Weight.Name == Embedding.Name;

    /// <summary>Everything that can be measured of the layers and the head, by the input that it reads.</summary>
    public IEnumerable<LinearGroup> Groups =>
    [
        .. Layers.SelectMany(layer => layer.Groups),
        .. Layers.SelectMany(layer => layer.Norms).Select(norm => norm.MeasuredWeight).OfType<LinearSpecification>().Select(norm => new LinearGroup([norm])),
        new LinearGroup([Head.Linear]),
        .. AdaptedLinear.Groups(Adapters, Layers.SelectMany(layer => layer.Groups).Append(new LinearGroup([Head.Linear]))),
    ];

    /// <summary>All parameters, a tied one once.</summary>
    public IEnumerable<ParameterSpecification> Parameters =>
    [
        Embedding,
        .. PositionEmbedding is { } positions ? [positions] : Array.Empty<ParameterSpecification>(),
        .. PerLayerInputs is { } inputs ? [inputs.Embedding, .. inputs.Resident] : Array.Empty<ParameterSpecification>(),
        .. Layers.SelectMany(layer => layer.Parameters),
        .. FinalNorm.Parameters,
        .. IsTied ? [] : new[] { Head.Linear.Weight },
        .. Head.Linear.Bias is { } bias ? [bias] : Array.Empty<ParameterSpecification>(),
    ];
}
