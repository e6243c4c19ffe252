namespace LayerGrad.Checkpoints.Formats;

/// <summary>
/// How the elements of a tensor are stored: in blocks of a fixed number of bytes, each of which stands for a fixed
/// number of elements. A plain floating-point type is a block of one element.
/// </summary>
internal abstract class TensorFormat
{
    /// <summary>The name that the file formats give it.</summary>
    public abstract string Name { get; }

    /// <summary>Elements in a block.</summary>
    public abstract int BlockElements { get; }

    /// <summary>Bytes in a block.</summary>
    public abstract int BlockBytes { get; }

    /// <summary>Converts whole blocks to float32.</summary>
    /// <param name="blocks">The blocks, one after another.</param>
    /// <param name="destination">Takes the elements; as many as the blocks have.</param>
    public abstract void Decode(ReadOnlySpan<byte> blocks, Span<float> destination);
}
