using System.Runtime.InteropServices;
using LayerGrad.Compute;
using TorchSharp;

namespace LayerGrad.Torch.Results;

/// <summary>A matrix on its way to the host.</summary>
/// <typeparam name="T">The element type.</typeparam>
/// <param name="host">Where it arrives; disposed when it was read.</param>
/// <param name="device">The device that sends it, to be waited for; null where it is there already.</param>
internal sealed class ReadResult<T>(torch.Tensor host, torch.Device? device) : IPendingResult<T[]>
    where T : unmanaged
{
    private T[]? _values;

    /// <inheritdoc />
    public T[] Wait()
    {
        if (_values is not null)
            return _values;
        if (device is { type: DeviceType.CUDA })
            torch.cuda.synchronize(device);
        _values = MemoryMarshal.Cast<byte, T>(host.bytes).ToArray();
        host.Dispose();
        return _values;
    }
}
