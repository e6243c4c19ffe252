using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>What the backward of a layer needs of its forward, besides the layer's input.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class LayerState<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<Branch<T>> _branches = [];

    /// <summary>Room for a batch.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="hiddenSize">The columns of the residual stream.</param>
    /// <param name="workspace">Where the room is.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public LayerState(LayerSpecification layer, int hiddenSize, Workspace<T> workspace, int tokens)
    {
        if (layer.Mixer is { } mixer)
            Add(layer.MixerNorm, Mixer<T>.Create(mixer, workspace, tokens), layer.MixerOutputNorm);
        if (layer.FeedForward is { } feedForward)
            Add(layer.FeedForwardNorm, FeedForward<T>.Create(feedForward, workspace, tokens), layer.FeedForwardOutputNorm);
        if (layer.PerLayer is { } perLayer)
            Add(null, FeedForward<T>.Create(perLayer, workspace, tokens), layer.PerLayerOutputNorm);

        void Add(NormSpecification? norm, Part<T> part, NormSpecification? outputNorm) => _branches.Add(new Branch<T>(
            norm, part, outputNorm,
            _branches.Count > 0 && !layer.ParallelResidual ? workspace.Take(tokens, hiddenSize) : null,
            outputNorm is null ? null : workspace.Take(tokens, hiddenSize)));
    }

    /// <summary>The layer's branches in the order in which they are computed.</summary>
    public IReadOnlyList<Branch<T>> Branches => _branches;

    /// <summary>The residual stream between a branch and the next, where they come one after the other; null behind the last.</summary>
    /// <param name="branch">The branch's place.</param>
    public Matrix<T>? InputBehind(int branch) => branch + 1 < _branches.Count ? _branches[branch + 1].Input : null;
}
