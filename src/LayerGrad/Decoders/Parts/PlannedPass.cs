using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>What is known of a pass before it takes place: enough to tell what memory it will take.</summary>
/// <param name="Tokens">The tokens of the batch.</param>
/// <param name="Wants">Whether the sink will want the gradient of a weight, as a linear layer's.</param>
internal sealed record PlannedPass(int Tokens, Func<ParameterSpecification, bool> Wants)
{
    /// <summary>The examples of the batch at most; by default as many as the tokens can be, with two each, something to predict from and something to predict.</summary>
    public int Examples { get; init; } = Math.Max(1, Tokens / 2);
}
