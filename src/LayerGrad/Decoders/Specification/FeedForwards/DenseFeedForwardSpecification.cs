using LayerGrad.Compute;

namespace LayerGrad.Decoders.Specification;

/// <summary>down(act(gate(x)) · up(x)), or down(act(up(x))) where nothing gates.</summary>
/// <param name="Projections">gate and up, or the one layer that computes both (gate first), or up alone.</param>
/// <param name="Down">The output projection.</param>
/// <param name="Activation">The activation function.</param>
/// <param name="Gated">Whether there is a gate.</param>
internal sealed record DenseFeedForwardSpecification(
    IReadOnlyList<LinearSpecification> Projections, LinearSpecification Down, Activation Activation, bool Gated) : FeedForwardSpecification
{
    /// <summary>The stored numbers of the activation function where it is xIELU, else null.</summary>
    public XieluSpecification? Xielu { get; init; }

    /// <summary>
    /// The clamped gated activation where there is one (gpt-oss), else null. Then there is one projection, whose outputs alternate: gate, up, gate, up.
    /// </summary>
    public ClampedGate? Clamped { get; init; }

    /// <inheritdoc />
    public override IEnumerable<ParameterSpecification> OtherParameters => Xielu?.Parameters ?? [];

    /// <summary>The columns between the projections.</summary>
    public int IntermediateSize => Down.Inputs;

    /// <inheritdoc />
    public override IEnumerable<LinearSpecification> Linears => [.. Projections, Down];

    /// <inheritdoc />
    public override IEnumerable<LinearGroup> Groups => [new LinearGroup(Projections), new LinearGroup([Down])];
}
