using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>A block of memory on a device, owned by whoever allocated it. Its elements are of the type that is computed in, so it may hold parameters too.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal abstract class DeviceMemory<T> : ParameterMemory<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A block of the given length.</summary>
    /// <param name="length">The number of elements.</param>
    private protected DeviceMemory(long length) : base(length, ParameterStorage.Element)
    {
    }

    /// <summary>A row-major matrix over neighbouring elements of this block.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The number of columns, which is also the distance between rows.</param>
    /// <param name="offset">The first element.</param>
    public Matrix<T> AsMatrix(int rows, int columns, long offset = 0)
    {
        RequireRoom(rows, columns, offset);
        return new Matrix<T>(this, offset, rows, columns, columns);
    }
}
