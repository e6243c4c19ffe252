using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>What is known of a pass before it takes place: enough to tell what memory it will take.</summary>
/// <param name="Tokens">The tokens of the batch.</param>
/// <param name="Wants">Whether the sink will want the gradient of a weight, as a linear layer's.</param>
internal sealed record PlannedPass(int Tokens, Func<ParameterSpecification, bool> Wants)
{
    /// <summary>The most examples that so many tokens can be: one has two at least, something to predict from and something to predict.</summary>
    public int Examples => Math.Max(1, Tokens / 2);
}
