using System.Runtime.InteropServices;
using LayerGrad.Compute;
using TorchSharp;

namespace LayerGrad.Torch.Storage;

/// <summary>A tensor of one dimension that lives until it is disposed, and that a counter knows of.</summary>
internal sealed class CountedTensor : IDisposable
{
    private readonly MemoryCounter _counter;
    private readonly long _bytes;
    private torch.Tensor? _tensor;

    /// <summary>Allocates; the contents are undefined.</summary>
    /// <param name="counter">Is told of the memory.</param>
    /// <param name="length">The number of elements; memory of none has room for one, as that of the processor's device.</param>
    /// <param name="type">Their type.</param>
    /// <param name="device">Where.</param>
    /// <exception cref="InsufficientMemoryException">There is not so much memory; nothing is counted then.</exception>
    public CountedTensor(MemoryCounter counter, long length, torch.ScalarType type, torch.Device device)
    {
        _counter = counter;
        var elements = Math.Max(length, 1);
        _bytes = LibTorchErrors.Bytes(elements, type.ElementSize());
        counter.Add(_bytes);
        try
        {
            _tensor = torch.empty(elements, type, device).DetachFromDisposeScope();
        }
        catch (ExternalException error)
        {
            counter.Remove(_bytes);
            throw LibTorchErrors.Translate(error, counter);
        }
    }

    /// <summary>The tensor.</summary>
    public torch.Tensor Tensor
    {
        get
        {
            ObjectDisposedException.ThrowIf(_tensor is null, this);
            return _tensor;
        }
    }

    /// <summary>Hands the tensor over to who disposes of it and counts it from then on.</summary>
    public torch.Tensor Release()
    {
        var tensor = Tensor;
        _tensor = null;
        _counter.Remove(_bytes);
        return tensor;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        if (_tensor is null)
            return;
        _tensor.Dispose();
        _tensor = null;
        _counter.Remove(_bytes);
    }
}
