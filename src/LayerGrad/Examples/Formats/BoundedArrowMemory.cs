using System.Buffers;
using Apache.Arrow.Memory;

namespace LayerGrad.Examples.Formats;

/// <summary>
/// Memory for the record batches of an Arrow file, so much and no more at one time: the sizes stand in the file, and a broken one may name any.
/// </summary>
/// <param name="most">The number of bytes that may be held at one time.</param>
internal sealed class BoundedArrowMemory(long most) : MemoryAllocator
{
    /// <summary>What a batch may take beyond the bytes of its file: what compressed buffers unpack to.</summary>
    private const long Unpacked = 768L << 20;

    private readonly NativeMemoryAllocator _memory = new();
    private long _held;

    /// <summary>The memory for what a stream holds.</summary>
    public static BoundedArrowMemory For(Stream stream) => new((stream.CanSeek ? stream.Length : 0) + Unpacked);

    protected override IMemoryOwner<byte> AllocateInternal(int length, out int bytesAllocated)
    {
        if (_held + length > most)
            throw new BrokenDataException($"it asks for {_held + length} bytes at once, more than {most}");
        var owner = new Owner(this, _memory.Allocate(length), length);
        _held += length;
        bytesAllocated = length;
        return owner;
    }

    private sealed class Owner(BoundedArrowMemory home, IMemoryOwner<byte> memory, int length) : IMemoryOwner<byte>
    {
        private bool _disposed;

        public Memory<byte> Memory => memory.Memory;

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            memory.Dispose();
            home._held -= length;
        }
    }
}
