using System.Numerics;
using System.Runtime.InteropServices;
using LayerGrad.Checkpoints;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>The parameters of a decoder in a checkpoint, checked against each other when it is made.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class CheckpointParameters<T> : IParameterSource<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Checkpoint _checkpoint;

    /// <summary>Checks that the checkpoint has every parameter in its shape.</summary>
    /// <param name="checkpoint">The checkpoint; not disposed with this.</param>
    /// <param name="specification">What the configuration asks for.</param>
    /// <exception cref="InputException">A tensor is missing or has another shape.</exception>
    public CheckpointParameters(Checkpoint checkpoint, DecoderSpecification specification)
    {
        _checkpoint = checkpoint;
        TensorShapes.Check(checkpoint, specification);
    }

    /// <inheritdoc />
    public void Read(ParameterSpecification parameter, long start, Span<T> destination)
    {
        var tensorLength = parameter.Count / parameter.Tensors.Count;
        if (parameter.StoredTransposed)
        {
            ReadTransposed(parameter, start, destination);
            return;
        }

        while (!destination.IsEmpty)
        {
            var (tensor, offset) = Math.DivRem(start, tensorLength);
            var count = (int)Math.Min(destination.Length, tensorLength - offset);
            Read(_checkpoint, parameter.Tensors[(int)tensor], offset, destination[..count]);
            destination = destination[count..];
            start += count;
        }
    }

    /// <inheritdoc />
    /// <remarks>MXFP4's values, two bits times a power of two, are exact in bfloat16. Of GGUF files nothing is said: some of their tensors are changed on the way.</remarks>
    public ParameterStorage StorageOf(ParameterSpecification parameter) =>
        _checkpoint.GgufMetadata is null && parameter.Tensors.All(tensor => _checkpoint.Tensors[tensor].DType is "BF16" or "MXFP4")
            ? ParameterStorage.BFloat16
            : ParameterStorage.Element;

    /// <inheritdoc />
    /// <remarks>Of quantised checkpoints alone.</remarks>
    public long StoredBytes(ParameterSpecification parameter) => _checkpoint.Quantization is null ? 0 : parameter.Tensors.Sum(tensor => _checkpoint.Tensors[tensor].Bytes);

    /// <inheritdoc />
    public void Hold(ParameterSpecification parameter)
    {
        foreach (var tensor in parameter.Tensors)
            _checkpoint.Hold(tensor);
    }

    /// <inheritdoc />
    public void Prefetch(ParameterSpecification parameter)
    {
        foreach (var tensor in parameter.Tensors)
            _checkpoint.Prefetch(tensor);
    }

    /// <summary>Reads rows of W from a tensor that stores a row for each column of W: of every such row, the neighbouring elements that are wanted.</summary>
    private void ReadTransposed(ParameterSpecification parameter, long start, Span<T> destination)
    {
        var (first, last) = (start / parameter.Columns, (start + destination.Length - 1) / parameter.Columns);
        Span<T> part = new T[last - first + 1];
        for (var column = 0; column < parameter.Columns; column++)
        {
            Read(_checkpoint, parameter.Name, (long)column * parameter.Rows + first, part);
            for (var row = first; row <= last; row++)
            {
                var position = row * parameter.Columns + column - start;
                if (position >= 0 && position < destination.Length)
                    destination[(int)position] = part[(int)(row - first)];
            }
        }
    }

    /// <summary>Reads elements of a tensor in the element type.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <param name="name">The tensor.</param>
    /// <param name="start">The first element.</param>
    /// <param name="destination">What is filled.</param>
    public static void Read(Checkpoint checkpoint, string name, long start, Span<T> destination)
    {
        if (typeof(T) == typeof(float))
            checkpoint.Read(name, start, MemoryMarshal.Cast<T, float>(destination));
        else
            checkpoint.Read(name, start, MemoryMarshal.Cast<T, double>(destination));
    }
}
