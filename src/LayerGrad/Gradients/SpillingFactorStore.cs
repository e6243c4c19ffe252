using System.Numerics;
using System.Runtime.CompilerServices;

namespace LayerGrad.Gradients;

/// <summary>Keeps factors in memory as long as there is room for them, and on disk from then on.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="bytes">The room in memory.</param>
/// <param name="beside">The folder in which a folder for the others is made when the first of them comes.</param>
internal sealed class SpillingFactorStore<T>(long bytes, string beside) : FactorStore<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly MemoryFactorStore<T> _memory = new();
    private DiskFactorStore<T>? _disk;
    private long _taken;

    /// <inheritdoc />
    public override void Add(int factor, int example, T[] values)
    {
        _taken += (long)values.Length * Unsafe.SizeOf<T>();
        if (_taken <= bytes)
            _memory.Add(factor, example, values);
        else
            (_disk ??= new DiskFactorStore<T>(beside)).Add(factor, example, values);
    }

    /// <inheritdoc />
    public override void Remove(int example)
    {
        _memory.Remove(example);
        _disk?.Remove(example);
    }

    /// <inheritdoc />
    public override void Clear()
    {
        _memory.Clear();
        _disk?.Dispose();
        (_disk, _taken) = (null, 0);
    }

    /// <inheritdoc />
    public override int Length(int factor, int example) => Math.Max(_memory.Length(factor, example), _disk?.Length(factor, example) ?? 0);

    /// <inheritdoc />
    public override ReadOnlySpan<T> Read(int factor, int example, ref T[] room) =>
        _memory.Length(factor, example) > 0 ? _memory.Read(factor, example, ref room) : _disk!.Read(factor, example, ref room);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        _memory.Dispose();
        _disk?.Dispose();
        base.Dispose(disposing);
    }
}
