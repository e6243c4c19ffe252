namespace LayerGrad.Decoders.Specification;

/// <summary>
/// What stands in a branch of a layer, as far as others must know of it: its parameters, and what of them can be measured. How it is
/// computed, and what memory that takes, its part knows.
/// </summary>
internal abstract record PartSpecification
{
    /// <summary>All linear layers, in the order of the checkpoint.</summary>
    public abstract IEnumerable<LinearSpecification> Linears { get; }

    /// <summary>The part's own norms, such as those of queries and keys.</summary>
    public virtual IEnumerable<NormSpecification> Norms => [];

    /// <summary>The parameters that are neither a linear layer's nor a norm's, such as the taps of a convolution.</summary>
    public virtual IEnumerable<ParameterSpecification> OtherParameters => [];

    /// <summary>The linear layers by the input that they read, in any order; by default each reads one of its own.</summary>
    public virtual IEnumerable<LinearGroup> Groups => Linears.Select(linear => new LinearGroup([linear]));

    /// <summary>What can be measured: all linear layers, and the part's norms whose weights are matrices, in the order of the checkpoint.</summary>
    public IEnumerable<LinearSpecification> Measurable => [.. Linears, .. Norms.Select(norm => norm.MeasuredWeight).OfType<LinearSpecification>()];
}
