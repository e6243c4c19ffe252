namespace LayerGrad.Decoders.Specification;

/// <summary>An expert that every token goes through beside those it chooses: σ(gate(x)) · expert(x), or expert(x) where there is no gate.</summary>
/// <param name="Expert">The expert.</param>
/// <param name="Gate">The linear layer with one output that weighs it, or null.</param>
internal sealed record SharedExpertSpecification(DenseFeedForwardSpecification Expert, LinearSpecification? Gate = null)
{
    /// <summary>All linear layers, in the order of the checkpoint.</summary>
    public IEnumerable<LinearSpecification> Linears => Gate is null ? Expert.Linears : [.. Expert.Linears, Gate];

    /// <summary>The linear layers by the input that they read.</summary>
    public IEnumerable<LinearGroup> Groups => Gate is null ? Expert.Groups : [.. Expert.Groups, new LinearGroup([Gate])];
}
