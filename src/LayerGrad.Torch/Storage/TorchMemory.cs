using System.Numerics;
using LayerGrad.Compute;
using TorchSharp;

namespace LayerGrad.Torch.Storage;

/// <summary>Device memory of libtorch: one tensor of one dimension, of which matrices are strided views.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class TorchMemory<T> : DeviceMemory<T>, ITensorMemory
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CountedTensor _elements;

    /// <summary>Allocates; the contents are undefined.</summary>
    /// <param name="counter">Is told of the memory.</param>
    /// <param name="length">The number of elements.</param>
    /// <param name="device">Where.</param>
    /// <exception cref="InsufficientMemoryException">There is not so much memory.</exception>
    public TorchMemory(MemoryCounter counter, long length, torch.Device device) : base(length) =>
        _elements = new CountedTensor(counter, length, typeof(T) == typeof(double) ? torch.ScalarType.Float64 : torch.ScalarType.Float32, device);

    /// <inheritdoc />
    public torch.Tensor Elements => _elements.Tensor;

    /// <inheritdoc />
    protected override void Dispose(bool disposing) => _elements.Dispose();
}
