namespace LayerGrad.Compute;

/// <summary>What a device that runs ahead puts behind a <see cref="DeviceResult{TValue}"/>.</summary>
/// <typeparam name="TValue">What is computed.</typeparam>
internal interface IPendingResult<out TValue>
{
    /// <summary>Waits until the value is there; the same value each time.</summary>
    TValue Wait();
}
