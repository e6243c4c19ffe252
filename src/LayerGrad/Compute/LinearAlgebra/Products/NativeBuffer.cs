using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace LayerGrad.Compute;

/// <summary>Native memory of <typeparamref name="T"/>, aligned to a cache line, owned by one object and reused: growing it forgets what it held.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int Alignment = 64;

    /// <summary>Makes an empty buffer.</summary>
    public NativeBuffer()
    {
    }

    /// <summary>Makes a buffer of <paramref name="length"/> elements, not set to anything.</summary>
    public NativeBuffer(long length) => Reserve(length);

    [SuppressMessage("Design", "MA0055:Do not use finalizer", Justification = "The owner of native memory.")]
    ~NativeBuffer() => Release();

    /// <summary>The first element; null where nothing was reserved.</summary>
    public T* Pointer { get; private set; }

    /// <summary>How many elements there is room for.</summary>
    public long Length { get; private set; }

    /// <summary>Makes room for at least <paramref name="length"/> elements and returns the first. The contents are kept only where no growth was needed.</summary>
    public T* Reserve(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length > Length)
        {
            Release();
            Pointer = (T*)NativeMemory.AlignedAlloc(checked((nuint)length * (nuint)sizeof(T)), Alignment);
            Length = length;
        }

        return Pointer;
    }

    /// <summary>Frees the memory; <see cref="Reserve"/> may be called again.</summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
        Length = 0;
    }
}
