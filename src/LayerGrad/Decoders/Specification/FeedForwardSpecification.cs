namespace LayerGrad.Decoders.Specification;

/// <summary>The feed-forward part of a layer.</summary>
public abstract record FeedForwardSpecification
{
    /// <summary>All linear layers, in the order of the checkpoint.</summary>
    public abstract IEnumerable<LinearSpecification> Linears { get; }

    /// <summary>The parameters that belong to no linear layer.</summary>
    public virtual IEnumerable<ParameterSpecification> OtherParameters => [];
}
