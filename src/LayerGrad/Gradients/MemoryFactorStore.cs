using System.Numerics;
using LayerGrad.Compute;

namespace LayerGrad.Gradients;

/// <summary>Keeps factors in memory.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class MemoryFactorStore<T> : FactorStore<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly HostBlocks<T> _values = new();
    private readonly Dictionary<(int Factor, int Example), HostBlocks<T>.Place> _places = [];

    /// <inheritdoc />
    public override void Add(int factor, int example, T[] values) => _places.Add((factor, example), _values.Add(values));

    /// <inheritdoc />
    public override void Remove(int example) => RemoveFrom(_places, example); // The elements stay in their blocks until the end.

    /// <inheritdoc />
    public override void Clear()
    {
        _places.Clear();
        _values.Clear();
    }

    /// <inheritdoc />
    public override int Length(int factor, int example) => _places.TryGetValue((factor, example), out var place) ? place.Length : 0;

    /// <inheritdoc />
    public override ReadOnlySpan<T> Read(int factor, int example, ref T[] room) => _values.Read(_places[(factor, example)]);

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        _values.Dispose();
        base.Dispose(disposing);
    }
}
