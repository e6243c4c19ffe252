namespace LayerGrad.Compute;

/// <summary>
/// A result that a device computes in its own time: the call that asked for it has returned, and the value is there once it
/// was waited for. A device that computes in the call itself hands over a value that is there already. Who needs many results asks for all
/// of them before waiting for the first, so that the device may run ahead of the program.
/// </summary>
/// <typeparam name="TValue">What is computed.</typeparam>
internal readonly record struct DeviceResult<TValue>
{
    private readonly TValue? _value;
    private readonly IPendingResult<TValue>? _pending;

    /// <summary>A result that is there.</summary>
    /// <param name="value">The result.</param>
    internal DeviceResult(TValue value) => _value = value;

    /// <summary>A result that is not there yet.</summary>
    /// <param name="pending">What waits for it.</param>
    internal DeviceResult(IPendingResult<TValue> pending) => _pending = pending;

    /// <summary>Waits until the value is there; the same value each time.</summary>
    /// <exception cref="InsufficientMemoryException">The device ran out of memory before it came to it.</exception>
    public TValue Wait() => _pending is null ? _value! : _pending.Wait();
}
