namespace LayerGrad.Checkpoints.Formats;

/// <summary>A quantised format of GGUF, decoded a block at a time.</summary>
internal abstract class BlockFormat : TensorFormat
{
    /// <inheritdoc/>
    public override void Decode(ReadOnlySpan<byte> blocks, Span<float> destination)
    {
        Span<byte> quants = stackalloc byte[BlockElements];
        for (int from = 0, to = 0; from < blocks.Length; from += BlockBytes, to += BlockElements)
            DecodeBlock(blocks.Slice(from, BlockBytes), quants, destination.Slice(to, BlockElements));
    }

    /// <summary>Decodes one block.</summary>
    /// <param name="block">Its bytes.</param>
    /// <param name="quants">Room for as many small integers as the block has elements; holds anything.</param>
    /// <param name="values">Takes the elements.</param>
    protected abstract void DecodeBlock(ReadOnlySpan<byte> block, Span<byte> quants, Span<float> values);
}
