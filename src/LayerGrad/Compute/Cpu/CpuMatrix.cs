using System.Numerics;

namespace LayerGrad.Compute.Cpu;

/// <summary>Pointers and spans of matrices that lie in the processor's memory.</summary>
internal static unsafe class CpuMatrix
{
    /// <summary>The address of the first element.</summary>
    public static T* Pointer<T>(this Matrix<T> matrix)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var memory = (CpuMemory<T>)matrix.Memory;
        ObjectDisposedException.ThrowIf(memory.Pointer == null, memory);
        return memory.Pointer + matrix.Offset;
    }

    /// <summary>One row.</summary>
    public static Span<T> Row<T>(this Matrix<T> matrix, int row)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        new(matrix.Pointer() + (long)row * matrix.Stride, matrix.Columns);
}
