namespace LayerGrad.Checkpoints;

/// <summary>Parts of a file that are in memory. One thread adds, any number read.</summary>
internal sealed class HeldRanges
{
    /// <summary>The longest part that is held as one; an array of bytes has no more than 2³¹.</summary>
    private const int Longest = 1 << 30;

    private readonly Lock _lock = new();
    private volatile Part[] _parts = [];

    /// <summary>Reads a buffer.</summary>
    /// <param name="offset">The position of its first byte in the file.</param>
    /// <param name="buffer">What is filled.</param>
    public delegate void Reader(long offset, Span<byte> buffer);

    /// <summary>Reads a part of the file, where it is not held already.</summary>
    /// <param name="offset">The position of the first byte.</param>
    /// <param name="length">How many bytes.</param>
    /// <param name="read">Reads from the file.</param>
    public void Add(long offset, long length, Reader read)
    {
        lock (_lock)
        {
            for (var end = offset + length; offset < end;)
            {
                var count = (int)Math.Min(Longest, end - offset);
                if (Find(offset) is not { } held || held.End < offset + count)
                {
                    var bytes = GC.AllocateUninitializedArray<byte>(count);
                    read(offset, bytes);
                    var place = PlaceOf(_parts, offset) + 1;
                    _parts = [.. _parts[..place], new Part(offset, bytes), .. _parts[place..]];
                }

                offset += count;
            }
        }
    }

    /// <summary>Whether all bytes of a part of the file are held.</summary>
    /// <param name="offset">The position of the first byte.</param>
    /// <param name="length">How many bytes.</param>
    public bool Holds(long offset, long length)
    {
        for (var end = offset + length; offset < end;)
        {
            if (Find(offset) is not { } part)
                return false;
            offset = part.End;
        }

        return true;
    }

    /// <summary>Copies bytes that are held.</summary>
    /// <param name="offset">The position of the first.</param>
    /// <param name="buffer">What is filled.</param>
    /// <returns>False where one of them is not held; nothing that counts was written then.</returns>
    public bool TryRead(long offset, Span<byte> buffer)
    {
        while (!buffer.IsEmpty)
        {
            if (Find(offset) is not { } part)
                return false;
            var count = (int)Math.Min(buffer.Length, part.End - offset);
            part.Bytes.AsSpan((int)(offset - part.Offset), count).CopyTo(buffer);
            offset += count;
            buffer = buffer[count..];
        }

        return true;
    }

    /// <summary>The part that holds a byte, or null.</summary>
    private Part? Find(long offset)
    {
        var parts = _parts;
        return PlaceOf(parts, offset) is >= 0 and var place && offset < parts[place].End ? parts[place] : null;
    }

    /// <summary>The place of the last part that begins at a byte or before; -1 where none does.</summary>
    private static int PlaceOf(Part[] parts, long offset)
    {
        var (low, high) = (0, parts.Length - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (parts[middle].Offset <= offset)
                low = middle + 1;
            else
                high = middle - 1;
        }

        return high;
    }

    private sealed record Part(long Offset, byte[] Bytes)
    {
        public long End => Offset + Bytes.Length;
    }
}
