using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>For as long as it is not disposed of, a device gives its operations up when a token is called for; see <see cref="Device{T}.StopOn"/>.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal readonly ref struct StopScope<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _device;
    private readonly CancellationToken _before;

    /// <summary>Begins.</summary>
    /// <param name="device">The device.</param>
    /// <param name="cancel">The token; one that nobody can call for changes nothing.</param>
    public StopScope(Device<T> device, CancellationToken cancel)
    {
        (_device, _before) = (device, device.Stop);
        if (cancel.CanBeCanceled)
            device.Stop = cancel;
    }

    /// <summary>Ends.</summary>
    public void Dispose() => _device.Stop = _before;
}
