using System.Numerics;
using LayerGrad.Compute;
using TorchSharp;

namespace LayerGrad.Torch.Storage;

/// <summary>Memory of parameters whose values bfloat16 holds, two bytes each.</summary>
/// <typeparam name="T">The element type that is computed in, float or double.</typeparam>
internal sealed class TorchParameters<T> : ParameterMemory<T>, ITensorMemory
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CountedTensor _elements;

    /// <summary>Allocates; the contents are undefined.</summary>
    /// <param name="counter">Is told of the memory.</param>
    /// <param name="length">The number of elements.</param>
    /// <param name="device">Where.</param>
    /// <exception cref="InsufficientMemoryException">There is not so much memory.</exception>
    public TorchParameters(MemoryCounter counter, long length, torch.Device device) : base(length, ParameterStorage.BFloat16) =>
        _elements = new CountedTensor(counter, length, torch.ScalarType.BFloat16, device);

    /// <inheritdoc />
    public torch.Tensor Elements => _elements.Tensor;

    /// <inheritdoc />
    protected override void Dispose(bool disposing) => _elements.Dispose();
}
