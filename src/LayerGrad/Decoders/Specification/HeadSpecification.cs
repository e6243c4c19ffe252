namespace LayerGrad.Decoders.Specification;

/// <summary>The head: logits = cap · tanh(scale · (x Wᵀ + b) / cap).</summary>
/// <param name="Linear">The output layer; its weight is the embedding's where the two are tied.</param>
/// <param name="Scale">What multiplies the logits.</param>
/// <param name="SoftCap">The cap, or null.</param>
internal sealed record HeadSpecification(LinearSpecification Linear, double Scale = 1, double? SoftCap = null);
