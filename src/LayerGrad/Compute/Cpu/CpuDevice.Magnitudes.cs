using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LayerGrad.Compute.Cpu;

/// <content>The largest magnitude of each row, which tells whether numbers come near the edges of the element type.</content>
internal partial class CpuDevice<T>
{
    /// <inheritdoc />
    public override DeviceResult<double[]> LargestMagnitudes(Matrix<T> matrix)
    {
        Transfers.Download(matrix.Rows * (long)sizeof(double));
        var largest = new double[matrix.Rows];
        ForRows(matrix.Rows, matrix.Columns, (first, last) =>
        {
            for (var row = first; row < last; row++)
                largest[row] = LargestMagnitude(matrix.Row(row));
        });
        return new DeviceResult<double[]>(largest);
    }

    /// <summary>
    /// Without their sign bit, IEEE numbers are ordered as integers are, with infinity above all finite ones and NaN above
    /// that: one integer maximum finds the magnitude and sees to NaN as well.
    /// </summary>
    private static double LargestMagnitude(ReadOnlySpan<T> row) => Unsafe.SizeOf<T>() == sizeof(float)
        ? BitConverter.Int32BitsToSingle(LargestBits(MemoryMarshal.Cast<T, int>(row), int.MaxValue))
        : BitConverter.Int64BitsToDouble(LargestBits(MemoryMarshal.Cast<T, long>(row), long.MaxValue));

    private static TBits LargestBits<TBits>(ReadOnlySpan<TBits> row, TBits mask)
        where TBits : unmanaged, IBinaryInteger<TBits>
    {
        var (largest, masks) = (Vector<TBits>.Zero, new Vector<TBits>(mask));
        var i = 0;
        for (; i <= row.Length - Vector<TBits>.Count; i += Vector<TBits>.Count)
            largest = Vector.Max(largest, new Vector<TBits>(row[i..]) & masks);
        var result = TBits.Zero;
        for (var lane = 0; lane < Vector<TBits>.Count; lane++)
            result = TBits.Max(result, largest[lane]);
        for (; i < row.Length; i++)
            result = TBits.Max(result, row[i] & mask);
        return result;
    }
}
