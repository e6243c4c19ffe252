using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>What the backward of a layer needs of its forward, besides the layer's input.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class LayerState<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Room for a batch.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="hiddenSize">The columns of the residual stream.</param>
    /// <param name="workspace">Where the room is.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public LayerState(LayerSpecification layer, int hiddenSize, Workspace<T> workspace, int tokens)
    {
        Attention = new AttentionState<T>(layer.Attention, workspace, tokens);
        FeedForward = FeedForward<T>.Create(layer.FeedForward, workspace, tokens);
        if (!layer.ParallelResidual)
            Middle = workspace.Take(tokens, hiddenSize);
        if (layer.AttentionOutputNorm is not null)
            AttentionOutput = workspace.Take(tokens, hiddenSize);
        if (layer.FeedForwardOutputNorm is not null)
            FeedForwardOutput = workspace.Take(tokens, hiddenSize);
    }

    /// <summary>What attention keeps.</summary>
    public AttentionState<T> Attention { get; }

    /// <summary>Feed-forward and what it keeps.</summary>
    public FeedForward<T> FeedForward { get; }

    /// <summary>The residual stream between attention and feed-forward, where they come one after the other.</summary>
    public Matrix<T>? Middle { get; }

    /// <summary>Attention's output before the norm behind it, where there is such a norm.</summary>
    public Matrix<T>? AttentionOutput { get; }

    /// <summary>Feed-forward's output before the norm behind it, where there is such a norm.</summary>
    public Matrix<T>? FeedForwardOutput { get; }
}
