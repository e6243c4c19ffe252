using System.Buffers;

namespace LayerGrad.Checkpoints.Quantized.Codes;

/// <summary>Reads neighbouring columns of a matrix of bytes that is stored row by row.</summary>
internal static class StridedReading
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>What a call of the system costs, in bytes that could be copied in its time.</summary>
    private const int CallBytes = 8192;

    /// <summary>Reads a part of each row.</summary>
    /// <param name="bytes">The matrix.</param>
    /// <param name="rowBytes">The bytes of a row.</param>
    /// <param name="first">The first byte of each row that is wanted.</param>
    /// <param name="count">How many are wanted of each.</param>
    /// <param name="destination">Takes them, a row behind the other.</param>
    public static void Read(StoredBytes bytes, int rowBytes, int first, int count, Span<byte> destination)
    {
        var rows = (int)(bytes.Length / rowBytes);
        if (count == rowBytes)
            bytes.Read(0, destination[..(rows * count)]);
        else if (rowBytes - count <= CallBytes)
            ReadWhole(bytes, rowBytes, first, count, rows, destination);
        else
        {
            for (var row = 0; row < rows; row++)
                bytes.Read(((long)row * rowBytes) + first, destination.Slice(row * count, count));
        }
    }

    private static void ReadWhole(StoredBytes bytes, int rowBytes, int first, int count, int rows, Span<byte> destination)
    {
        var atOnce = Math.Clamp(BufferBytes / rowBytes, 1, rows);
        var buffer = ArrayPool<byte>.Shared.Rent(atOnce * rowBytes);
        try
        {
            for (var row = 0; row < rows; row += atOnce)
            {
                var some = Math.Min(atOnce, rows - row);
                bytes.Read((long)row * rowBytes, buffer.AsSpan(0, some * rowBytes));
                for (var i = 0; i < some; i++)
                    buffer.AsSpan((i * rowBytes) + first, count).CopyTo(destination[((row + i) * count)..]);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
