using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>What is known of a pass before it takes place: enough to tell what memory it will take.</summary>
/// <param name="Tokens">The tokens of the batch.</param>
/// <param name="Wants">Whether the sink will want the gradient of a weight, as a linear layer's.</param>
/// <param name="Accumulates">Whether the sink will add up the gradient of a parameter that is no linear layer's weight.</param>
internal sealed record PlannedPass(int Tokens, Func<ParameterSpecification, bool> Wants, Func<ParameterSpecification, bool> Accumulates)
{
    /// <summary>The examples of the batch at most; by default as many as the tokens can be, with two each, something to predict from and something to predict.</summary>
    public int Examples { get; init; } = Math.Max(1, Tokens / 2);

    /// <summary>The tokens that are predicted at most; by default all.</summary>
    public int ResponseTokens { get; init; } = Tokens;

    /// <summary>Whether anybody below a layer needs the gradient of its input.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="layer">The layer.</param>
    /// <param name="lowest">The <see cref="LowestLayer"/>.</param>
    public bool NeedsInput(DecoderSpecification specification, int layer, int lowest) => layer > lowest || WantsEmbeddings(specification);

    /// <summary>Whether the sink will add up the gradient of an embedding, of tokens or of positions, or wants anything of the layers' own inputs.</summary>
    public bool WantsEmbeddings(DecoderSpecification specification) =>
        Accumulates(specification.Embedding) || (specification.PositionEmbedding is { } positions && Accumulates(positions)) || WantsInputs(specification);

    /// <summary>Whether the gradient of the layers' own inputs is needed.</summary>
    public bool NeedsInputs(DecoderSpecification specification) => specification.PerLayerInputs is not null && WantsEmbeddings(specification);

    private bool WantsInputs(DecoderSpecification specification) => specification.PerLayerInputs is { } inputs
        && (Accumulates(inputs.Embedding) || Wants(inputs.Projection.Weight) || inputs.Norm.Parameters.Any(Accumulates));

    /// <summary>The lowest layer of which the sink wants anything; 0 where it wants an embedding, the number of layers where it wants none.</summary>
    /// <param name="specification">The model.</param>
    public int LowestLayer(DecoderSpecification specification)
    {
        if (WantsEmbeddings(specification))
            return 0;
        var layer = 0;
        while (layer < specification.Layers.Count && !IsWanted(specification.Layers[layer]))
            layer++;
        return layer;
    }

    private bool IsWanted(LayerSpecification layer) =>
        layer.Measurable.Any(linear => Wants(linear.Weight)) || layer.AccumulatedParameters.Any(Accumulates);
}
