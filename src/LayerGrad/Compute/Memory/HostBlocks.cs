using System.Runtime.CompilerServices;

namespace LayerGrad.Compute;

/// <summary>
/// Memory of the host for many arrays that are kept for long: one behind the other in blocks that are held in large pages. As arrays of their own they would lie on pages of
/// 4 KiB, and gigabytes of these take longer to be touched for the first time than to be computed.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
internal sealed class HostBlocks<T> : IDisposable
    where T : unmanaged
{
    /// <summary>The bytes of the first block; each next one is twice as large, up to <see cref="LargestBytes"/>.</summary>
    private const long FirstBytes = 1L << 20;

    private const long LargestBytes = 64L << 20;

    /// <summary>The bytes of a cache line, at which arrays begin.</summary>
    private const int Alignment = 64;

    private readonly MemoryCounter _counter = new();
    private readonly List<NativeBuffer<T>> _blocks = [];
    private long _used;

    /// <summary>The bytes of all blocks.</summary>
    public long Bytes => _counter.Allocated;

    /// <summary>Keeps a copy of an array.</summary>
    /// <param name="values">Its elements.</param>
    /// <returns>Where it is.</returns>
    /// <exception cref="InsufficientMemoryException">There is not so much memory.</exception>
    public Place Add(ReadOnlySpan<T> values)
    {
        if (_blocks.Count == 0 || _used + values.Length > _blocks[^1].Length)
            Grow(values.Length);
        var place = new Place(_blocks.Count - 1, _used, values.Length);
        values.CopyTo(Span(place));
        var line = Alignment / Unsafe.SizeOf<T>();
        _used += (values.Length + line - 1) / line * line;
        return place;
    }

    /// <summary>An array that is kept.</summary>
    /// <param name="place">Where it is.</param>
    /// <returns>Its elements, until <see cref="Clear"/>.</returns>
    public ReadOnlySpan<T> Read(Place place) => Span(place);

    /// <summary>Gives all memory back.</summary>
    public void Clear()
    {
        foreach (var block in _blocks)
            block.Dispose();
        _blocks.Clear();
        _used = 0;
    }

    /// <inheritdoc />
    public void Dispose() => Clear();

    private void Grow(long elements)
    {
        var bytes = Math.Min(FirstBytes << Math.Min(_blocks.Count, 30), LargestBytes);
        _blocks.Add(new NativeBuffer<T>(_counter, Math.Max(elements, bytes / Unsafe.SizeOf<T>())));
        _used = 0;
    }

    private unsafe Span<T> Span(Place place) => new(_blocks[place.Block].Pointer + place.Start, place.Length);

    /// <summary>Where an array is.</summary>
    /// <param name="Block">Its block.</param>
    /// <param name="Start">Its first element there.</param>
    /// <param name="Length">Its elements.</param>
    internal readonly record struct Place(int Block, long Start, int Length);
}
