using System.Numerics;
using LayerGrad.Compute.Cpu;

namespace LayerGrad.Compute;

/// <summary>Makes devices from their names: the one place that knows which devices there are.</summary>
internal static class DeviceFactory
{
    /// <summary>The name that leaves the choice to LayerGrad.</summary>
    public const string Automatic = "auto";

    private const string Processor = "cpu";

    /// <summary>Which device a name stands for, as a run's metadata records it.</summary>
    /// <param name="name">What the user wrote after <c>--device</c>.</param>
    /// <exception cref="InputException">There is no such device in this build.</exception>
    public static string NameOf(string name) => name switch
    {
        Automatic or Processor => Processor,
        _ when name.StartsWith("cuda", StringComparison.OrdinalIgnoreCase) =>
            throw new InputException($"--device {name}: this build computes on the processor only; leave --device out or say --device cpu."),
        _ => throw new InputException($"--device {name}: no such device; there are auto and cpu."),
    };

    /// <summary>Makes a device.</summary>
    /// <typeparam name="T">The numbers that it computes in, float or double.</typeparam>
    /// <param name="options">Which device, and how much of the machine it takes.</param>
    /// <returns>The device; dispose of it to end its threads.</returns>
    /// <exception cref="InputException">There is no such device in this build.</exception>
    public static Device<T> Create<T>(DeviceOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        _ = NameOf(options.Name);
        return new CpuDevice<T>(options.ThreadCount);
    }
}
