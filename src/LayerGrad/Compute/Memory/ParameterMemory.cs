using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>
/// A block of memory on a device for parameters of a model, owned by whoever allocated it. Its elements may be stored in a narrower type than is computed in;
/// what computes with them widens them on the way.
/// </summary>
/// <typeparam name="T">The element type that is computed in, float or double.</typeparam>
internal abstract class ParameterMemory<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A block of the given length.</summary>
    /// <param name="length">The number of elements.</param>
    /// <param name="storage">How they are stored.</param>
    private protected ParameterMemory(long length, ParameterStorage storage) => (Length, Storage) = (length, storage);

    /// <summary>The number of elements.</summary>
    public long Length { get; }

    /// <summary>How they are stored.</summary>
    public ParameterStorage Storage { get; }

    /// <summary>A row-major parameter over neighbouring elements of this block.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns, which is also the distance between rows.</param>
    /// <param name="offset">The first element.</param>
    public Parameter<T> AsParameter(int rows, int columns, long offset = 0)
    {
        RequireRoom(rows, columns, offset);
        return new Parameter<T>(this, offset, rows, columns, columns);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    /// <param name="disposing">Whether this is a deliberate disposal rather than a finalizer.</param>
    protected abstract void Dispose(bool disposing);

    /// <summary>Checks that a matrix lies within the block.</summary>
    private protected void RequireRoom(int rows, int columns, long offset)
    {
        if (offset < 0 || offset + (long)rows * columns > Length)
            throw new ArgumentOutOfRangeException(nameof(rows), $"{rows} x {columns} at {offset} exceeds a block of {Length} elements");
    }
}
