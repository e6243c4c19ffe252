using TorchSharp;

namespace LayerGrad.Torch.Batches;

/// <summary>Tokens of the gated delta rule, or their gradients: a batch of the value heads of several examples.</summary>
/// <param name="Query">batch x tokens x key size.</param>
/// <param name="Key">batch x tokens x key size.</param>
/// <param name="Value">batch x tokens x value size.</param>
/// <param name="LogDecay">batch x tokens.</param>
/// <param name="Rate">batch x tokens x 1.</param>
internal sealed record DeltaTokens(torch.Tensor Query, torch.Tensor Key, torch.Tensor Value, torch.Tensor LogDecay, torch.Tensor Rate)
{
    /// <summary>How many tokens.</summary>
    public long Count => Key.size(1);

    /// <summary>Neighbouring tokens.</summary>
    public DeltaTokens Range(int start, int count) => new(
        Query.narrow(1, start, count), Key.narrow(1, start, count), Value.narrow(1, start, count), LogDecay.narrow(1, start, count), Rate.narrow(1, start, count));

    /// <summary>Copies others over neighbouring tokens.</summary>
    public void Store(int start, DeltaTokens others)
    {
        var part = Range(start, (int)others.Count);
        part.Query.copy_(others.Query);
        part.Key.copy_(others.Key);
        part.Value.copy_(others.Value);
        part.LogDecay.copy_(others.LogDecay);
        part.Rate.copy_(others.Rate);
    }

    /// <summary>Room for as many.</summary>
    public DeltaTokens EmptyLike() => new(Query.empty_like(), Key.empty_like(), Value.empty_like(), LogDecay.empty_like(), Rate.empty_like());
}
