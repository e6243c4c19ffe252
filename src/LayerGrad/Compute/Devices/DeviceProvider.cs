using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>
/// Makes devices that this library does not know itself. A provider is registered with <see cref="DeviceFactory.Register"/>; whatever it needs of the machine
/// is loaded when one of its devices is first asked for, and not before.
/// </summary>
internal abstract class DeviceProvider
{
    /// <summary>The names of its devices as the help lists them, such as <c>cuda[:K]</c>.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>Whether a name is one of its devices', be it there on this machine or not.</summary>
    /// <param name="name">What the user wrote after <c>--device</c>.</param>
    public abstract bool Knows(string name);

    /// <summary>The name of the device that <c>auto</c> is to take before the processor; null where there is no hardware for one. Must cost next to nothing where it is null.</summary>
    public virtual string? Automatic => null;

    /// <summary>Looks whether a device is there and works.</summary>
    /// <param name="name">A name that it knows.</param>
    /// <exception cref="InputException">It is not there, or it does not work; one line with what to do.</exception>
    public abstract ResolvedDevice Resolve(string name);

    /// <summary>What a device will take.</summary>
    /// <typeparam name="T">The numbers that it computes in, float or double.</typeparam>
    /// <param name="device">A device that it resolved.</param>
    /// <param name="options">The precision and the threads.</param>
    public abstract DeviceSizes Sizes<T>(ResolvedDevice device, DeviceOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Makes a device.</summary>
    /// <typeparam name="T">The numbers that it computes in, float or double.</typeparam>
    /// <param name="device">A device that it resolved.</param>
    /// <param name="options">The precision, which the device has, and the threads.</param>
    /// <exception cref="InputException">It cannot be made.</exception>
    public abstract Device<T> Create<T>(ResolvedDevice device, DeviceOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>Looks at the machine, for <c>doctor</c>.</summary>
    public virtual IReadOnlyList<DeviceFinding> Look() => [];
}
