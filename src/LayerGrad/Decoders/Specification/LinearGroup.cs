namespace LayerGrad.Decoders.Specification;

/// <summary>Linear layers that read one input: their gradients share a factor.</summary>
/// <param name="Linears">The layers.</param>
/// <param name="Share">The share of the tokens that reaches them: 1, or less for an expert.</param>
internal sealed record LinearGroup(IReadOnlyList<LinearSpecification> Linears, double Share = 1);
