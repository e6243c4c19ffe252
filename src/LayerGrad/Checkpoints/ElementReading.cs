using System.Buffers;
using System.Numerics.Tensors;

namespace LayerGrad.Checkpoints;

/// <summary>Reads elements that are exact in float32 as float64, a buffer at a time.</summary>
internal static class ElementReading
{
    private const int BufferElements = 32 * 1024;

    /// <summary>Reads the elements <c>[start, start + destination.Length)</c>.</summary>
    /// <param name="elements">The elements, whose values are exact in float32.</param>
    /// <param name="start">The first of them.</param>
    /// <param name="destination">What is filled.</param>
    public static void Widen(IElements elements, long start, Span<double> destination)
    {
        var buffer = ArrayPool<float>.Shared.Rent(BufferElements);
        try
        {
            while (!destination.IsEmpty)
            {
                var part = buffer.AsSpan(0, Math.Min(destination.Length, buffer.Length));
                elements.Read(start, part);
                TensorPrimitives.ConvertTruncating<float, double>(part, destination);
                start += part.Length;
                destination = destination[part.Length..];
            }
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }
}
