using System.Numerics;

namespace LayerGrad.Compute.Cpu;

/// <summary>Native memory, aligned to a cache line, that lives until it is disposed.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed unsafe class CpuMemory<T> : DeviceMemory<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly NativeBuffer<T> _buffer;

    /// <summary>Allocates; the contents are undefined.</summary>
    /// <param name="counter">Is told of the memory.</param>
    /// <param name="length">The number of elements.</param>
    /// <exception cref="InsufficientMemoryException">There is not so much memory.</exception>
    public CpuMemory(MemoryCounter counter, long length) : base(length)
    {
        _buffer = new NativeBuffer<T>(counter, Math.Max(length, 1));
        Pointer = _buffer.Pointer;
    }

    /// <summary>The first element, or null once disposed.</summary>
    public T* Pointer { get; private set; }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        Pointer = null;
        _buffer.Dispose();
    }
}
