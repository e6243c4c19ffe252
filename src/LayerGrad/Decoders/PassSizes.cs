namespace LayerGrad.Decoders;

/// <summary>The elements that a pass takes of a decoder's workspaces.</summary>
/// <param name="Stream">The layers' inputs and the gradient of the residual stream.</param>
/// <param name="Kept">What is kept of layers for their backward.</param>
/// <param name="Layers">What one layer takes at most while it is computed, with what its backward needs where that is not kept.</param>
/// <param name="Head">What the head takes; at another time than the layers, and so in the same room.</param>
internal readonly record struct PassSizes(long Stream, long Kept, long Layers, long Head)
{
    /// <summary>What the layers and the head take in turn.</summary>
    public long Scratch => Math.Max(Layers, Head);
}
