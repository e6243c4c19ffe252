using LayerGrad.Compute;

namespace LayerGrad.Decoders.Specification;

/// <summary>What a layer makes of its own input (<see cref="PerLayerInputsSpecification"/>): projection(act(gate(x)) · input).</summary>
/// <param name="Gate">size x hidden.</param>
/// <param name="Projection">hidden x size.</param>
/// <param name="Activation">The activation function.</param>
/// <param name="Layer">The layer, whose part of the inputs it is.</param>
internal sealed record PerLayerBranchSpecification(LinearSpecification Gate, LinearSpecification Projection, Activation Activation, int Layer) : FeedForwardSpecification
{
    /// <inheritdoc />
    public override IEnumerable<LinearSpecification> Linears => [Gate, Projection];
}
