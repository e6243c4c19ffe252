using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>A block of memory on a device, owned by whoever allocated it.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
public abstract class DeviceMemory<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A block of the given length.</summary>
    /// <param name="length">The number of elements.</param>
    protected DeviceMemory(long length) => Length = length;

    /// <summary>The number of elements.</summary>
    public long Length { get; }

    /// <summary>A row-major matrix over the first elements of this block.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns, which is also the distance between rows.</param>
    /// <param name="offset">The first element.</param>
    public Matrix<T> AsMatrix(int rows, int columns, long offset = 0)
    {
        if (offset < 0 || offset + (long)rows * columns > Length)
            throw new ArgumentOutOfRangeException(nameof(rows), $"{rows} x {columns} at {offset} exceeds a block of {Length} elements");
        return new Matrix<T>(this, offset, rows, columns, columns);
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
}
