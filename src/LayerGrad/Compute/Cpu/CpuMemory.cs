using System.Numerics;
using System.Runtime.InteropServices;

namespace LayerGrad.Compute.Cpu;

/// <summary>Native memory, aligned to a cache line, that lives until it is disposed.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed unsafe class CpuMemory<T> : DeviceMemory<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Alignment = 64;

    /// <summary>Allocates; the contents are undefined.</summary>
    /// <param name="length">The number of elements.</param>
    public CpuMemory(long length) : base(length) =>
        Pointer = (T*)NativeMemory.AlignedAlloc(checked((nuint)Math.Max(length, 1) * (nuint)sizeof(T)), Alignment);

    /// <summary>The first element, or null once disposed.</summary>
    public T* Pointer { get; private set; }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (Pointer == null)
            return;
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
