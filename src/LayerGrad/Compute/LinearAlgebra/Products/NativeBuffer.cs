using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using LayerGrad.Compute.Native;

namespace LayerGrad.Compute;

/// <summary>Native memory of <typeparamref name="T"/>, aligned to a cache line or a large page, owned by one object and reused: growing it forgets what it held.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const int CacheLine = 64;

    private readonly MemoryCounter _counter;

    /// <summary>Makes an empty buffer.</summary>
    /// <param name="counter">Is told of the memory.</param>
    public NativeBuffer(MemoryCounter counter) => _counter = counter;

    /// <summary>Makes a buffer of <paramref name="length"/> elements, not set to anything.</summary>
    /// <param name="counter">Is told of the memory.</param>
    /// <param name="length">The number of elements.</param>
    /// <exception cref="InsufficientMemoryException">There is not so much memory.</exception>
    public NativeBuffer(MemoryCounter counter, long length) : this(counter) => Reserve(length);

    [SuppressMessage("Design", "MA0055:Do not use finalizer", Justification = "The owner of native memory.")]
    ~NativeBuffer() => Release();

    /// <summary>The first element; null where nothing was reserved.</summary>
    public T* Pointer { get; private set; }

    /// <summary>How many elements there is room for.</summary>
    public long Length { get; private set; }

    /// <summary>Makes room for at least <paramref name="length"/> elements and returns the first. The contents are kept only where no growth was needed.</summary>
    /// <exception cref="InsufficientMemoryException">There is not so much memory; the buffer is then empty.</exception>
    public T* Reserve(long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (length > Length)
        {
            Release();
            Allocate(length);
        }

        return Pointer;
    }

    /// <summary>Frees the memory; <see cref="Reserve"/> may be called again.</summary>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    [SuppressMessage("Usage", "MA0012:Do not raise reserved exception type", Justification = "Memory did run out; the message says so in one line.")]
    private void Allocate(long length)
    {
        var bytes = checked(length * sizeof(T));
        _counter.Add(bytes);
        try
        {
            Pointer = (T*)NativeMemory.AlignedAlloc((nuint)bytes, MemoryAdvice.IsLarge(bytes) ? MemoryAdvice.LargePage : (nuint)CacheLine);
        }
        catch (OutOfMemoryException error)
        {
            _counter.Remove(bytes);
            throw new InsufficientMemoryException(
                string.Create(CultureInfo.InvariantCulture, $"the machine has no {bytes} bytes of memory more beside the {_counter.Allocated} in use; give a smaller --memory, or end other programs"), error);
        }

        if (MemoryAdvice.IsLarge(bytes))
            MemoryAdvice.UseLargePages(Pointer, bytes);
        Length = length;
    }

    private void Release()
    {
        if (Pointer == null)
            return;
        NativeMemory.AlignedFree(Pointer);
        _counter.Remove(Length * sizeof(T));
        Pointer = null;
        Length = 0;
    }
}
