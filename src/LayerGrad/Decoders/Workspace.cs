using System.Numerics;
using LayerGrad.Compute;

namespace LayerGrad.Decoders;

/// <summary>
/// Memory for matrices that live and die in the order of a stack. It grows to what the largest batch takes and is
/// then used again and again, so that a pass allocates nothing.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class Workspace<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Matrices start at multiples of a cache line's elements.</summary>
    private const int Alignment = 16;

    private readonly Device<T>? _device;
    private readonly List<DeviceMemory<T>> _blocks = [];
    private readonly List<long> _used = [];
    private long _peak;

    /// <summary>An empty workspace.</summary>
    /// <param name="device">Where its memory is.</param>
    public Workspace(Device<T> device) => _device = device;

    /// <summary>A workspace without memory, which only counts what is taken.</summary>
    private Workspace() => _device = null;

    /// <summary>The most elements that were ever taken at a time.</summary>
    public long Peak => _peak;

    /// <summary>The elements allocated.</summary>
    public long Capacity => _blocks.Sum(block => block.Length);

    /// <summary>The elements that a matrix takes of a workspace.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    public static long Elements(int rows, int columns) => ((long)rows * columns + Alignment - 1) / Alignment * Alignment;

    /// <summary>Makes something that takes what it needs when it is made, without any memory: its matrices have sizes and no elements.</summary>
    /// <param name="create">Makes it in the workspace that it is given.</param>
    /// <returns>What was made, and the elements that it takes.</returns>
    public static (TResult Result, long Elements) Count<TResult>(Func<Workspace<T>, TResult> create)
    {
        var workspace = new Workspace<T>();
        return (create(workspace), workspace._used.Sum());
    }

    /// <summary>A matrix whose contents are undefined.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    public Matrix<T> Take(int rows, int columns)
    {
        var length = Elements(rows, columns);
        var last = _blocks.Count - 1;
        if (last < 0 || _used[last] + length > _blocks[last].Length)
        {
            _blocks.Add(Allocate(length));
            _used.Add(0);
            last++;
        }

        var matrix = _blocks[last].AsMatrix(rows, columns, _used[last]);
        _used[last] += length;
        _peak = Math.Max(_peak, _used.Sum());
        return matrix;
    }

    /// <summary>A matrix of zeros.</summary>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    public Matrix<T> TakeCleared(int rows, int columns)
    {
        var matrix = Take(rows, columns);
        _device?.Clear(matrix);
        return matrix;
    }

    /// <summary>Starts a scope: what is taken within it is given back when it is disposed.</summary>
    public Scope Begin() => new(this, _blocks.Count - 1, _blocks.Count == 0 ? 0 : _used[^1]);

    /// <summary>Gives everything back, keeping one block as large as was ever needed at a time.</summary>
    /// <param name="elements">What is going to be needed, as far as it is known: it is taken at once.</param>
    public void Reset(long elements = 0)
    {
        _peak = Math.Max(_peak, elements);
        if (_blocks.Count == 1 && _blocks[0].Length >= _peak)
        {
            _used[0] = 0;
            return;
        }

        Dispose();
        if (_peak == 0)
            return;
        _blocks.Add(Allocate(_peak));
        _used.Add(0);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var block in _blocks)
            block.Dispose();
        _blocks.Clear();
        _used.Clear();
    }

    private DeviceMemory<T> Allocate(long length) => _device?.Allocate(length) ?? new NoMemory(length);

    private void Return(int block, long position)
    {
        // Blocks that overflowed within the scope go; the next Reset makes room for the peak in one block.
        var remaining = Math.Max(block, 0);
        while (_blocks.Count - 1 > remaining)
        {
            _blocks[^1].Dispose();
            _blocks.RemoveAt(_blocks.Count - 1);
            _used.RemoveAt(_used.Count - 1);
        }

        if (_blocks.Count > 0)
            _used[remaining] = block < 0 ? 0 : position;
    }

    /// <summary>A length without elements.</summary>
    private sealed class NoMemory(long length) : DeviceMemory<T>(length)
    {
        protected override void Dispose(bool disposing)
        {
        }
    }

    /// <summary>What was taken since <see cref="Begin"/>; disposing gives it back.</summary>
    /// <param name="workspace">The workspace.</param>
    /// <param name="block">The last block then, or -1.</param>
    /// <param name="position">How far it was used.</param>
    public readonly struct Scope(Workspace<T> workspace, int block, long position) : IDisposable
    {
        /// <inheritdoc cref="Workspace{T}.Take" />
        public Matrix<T> Take(int rows, int columns) => workspace.Take(rows, columns);

        /// <inheritdoc cref="Workspace{T}.TakeCleared" />
        public Matrix<T> TakeCleared(int rows, int columns) => workspace.TakeCleared(rows, columns);

        /// <inheritdoc />
        public void Dispose() => workspace.Return(block, position);
    }
}
