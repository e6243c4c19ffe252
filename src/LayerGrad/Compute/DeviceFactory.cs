using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute.Cpu;

namespace LayerGrad.Compute;

/// <summary>
/// Makes devices from their names: the one place that knows which devices there are. It makes the processor's itself; other libraries
/// register a <see cref="DeviceProvider"/> for theirs.
/// </summary>
internal static class DeviceFactory
{
    /// <summary>The name that leaves the choice to LayerGrad.</summary>
    public const string Automatic = "auto";

    /// <summary>What budgets leave free of a device's own memory, for what its libraries take besides.</summary>
    private const double PartOfDeviceMemory = 0.9;

    private const string Processor = "cpu";

    private static readonly ResolvedDevice s_processor = new(Processor, Processor, [Precision.Float64, Precision.Float32]);

    private static ImmutableArray<DeviceProvider> s_providers = [];

    /// <summary>All names of devices, as the help lists them.</summary>
    public static IReadOnlyList<string> Names => [Automatic, Processor, .. s_providers.SelectMany(provider => provider.Names)];

    /// <summary>What the providers find on this machine, for <c>doctor</c>; null where none is registered.</summary>
    public static IReadOnlyList<DeviceFinding>? Look() => s_providers is [] ? null : [.. s_providers.SelectMany(provider => provider.Look())];

    /// <summary>Adds a provider of devices, for the whole process.</summary>
    /// <param name="provider">Makes devices under names that nobody else has.</param>
    public static void Register(DeviceProvider provider) => ImmutableInterlocked.Update(ref s_providers, static (all, added) => all.Add(added), provider);

    /// <summary>Takes a provider out again.</summary>
    /// <param name="provider">One that was registered.</param>
    public static void Unregister(DeviceProvider provider) => ImmutableInterlocked.Update(ref s_providers, static (all, removed) => all.Remove(removed), provider);

    /// <summary>Which kind of device computes, as a run's metadata record it: with the number of threads where that decides the last bits.</summary>
    /// <param name="options">What the user asked for.</param>
    /// <exception cref="InputException">There is no such device here.</exception>
    public static string KindOf(DeviceOptions options)
    {
        var device = Resolve(options.Name);
        return device.DependsOnThreads ? string.Create(CultureInfo.InvariantCulture, $"{device.Kind} on {options.ThreadCount} threads") : device.Kind;
    }

    /// <summary>Which device a name stands for.</summary>
    /// <param name="name">What the user wrote after <c>--device</c>.</param>
    /// <exception cref="InputException">There is no such device here.</exception>
    public static ResolvedDevice Resolve(string name) => Find(name).Device;

    /// <summary>Checks a device, a precision and budgets before anything is opened.</summary>
    /// <param name="options">What the user asked for.</param>
    /// <exception cref="InputException">There is no such device, or it has no such precision, or no memory of its own beside the host's.</exception>
    public static void Validate(DeviceOptions options)
    {
        var device = Resolve(options.Name);
        device.Require(options.Precision);
        if (options.HostMemory is not null && device.FreeMemory is null)
            throw new InputException($"--host-memory: the device {device.Name} computes in the host's memory, of which --memory says how much; leave --host-memory out.");
    }

    /// <summary>What a device will take, told without making it.</summary>
    /// <typeparam name="T">The numbers that it computes in, float or double.</typeparam>
    /// <param name="options">Which device, and how much of the machine it takes.</param>
    /// <exception cref="InputException">There is no such device here.</exception>
    public static DeviceSizes Sizes<T>(DeviceOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (device, provider) = Find(options.Name);
        return provider is null ? new CpuSizes(Unsafe.SizeOf<T>(), options.ThreadCount) : provider.Sizes<T>(device, options.For<T>());
    }

    /// <summary>Makes a device.</summary>
    /// <typeparam name="T">The numbers that it computes in, float or double.</typeparam>
    /// <param name="options">Which device, and how much of the machine it takes.</param>
    /// <returns>The device; dispose of it to end its threads.</returns>
    /// <exception cref="InputException">There is no such device here.</exception>
    public static Device<T> Create<T>(DeviceOptions options)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (device, provider) = Find(options.Name);
        var asked = options.For<T>();
        device.Require(asked.Precision);
        return provider is null ? new CpuDevice<T>(options.ThreadCount) : provider.Create<T>(device, asked);
    }

    /// <summary>The bytes that work on a device may take where the user does not say: most of what is free of the device's own memory, or 70 % of what is free of the host's.</summary>
    /// <param name="name">What the user wrote after <c>--device</c>.</param>
    /// <exception cref="InputException">There is no such device here.</exception>
    public static long DefaultBudget(string name) => Resolve(name).FreeMemory is { } free ? (long)(free() * PartOfDeviceMemory) : SystemMemory.Default;

    private static (ResolvedDevice Device, DeviceProvider? Provider) Find(string name)
    {
        if (name == Automatic)
            return FindAutomatic();
        if (name == Processor)
            return (s_processor, null);
        foreach (var provider in s_providers)
        {
            if (provider.Knows(name))
                return (provider.Resolve(name), provider);
        }

        throw name.StartsWith("cuda", StringComparison.OrdinalIgnoreCase) && s_providers is []
            ? new InputException($"--device {name}: this build computes on the processor only; leave --device out or say --device cpu.")
            : new InputException($"--device {name}: no such device; there are {Sentence.List(Names)}.");
    }

    /// <summary>The first device for which there is hardware and which works; else the processor, with the reason where there is hardware.</summary>
    private static (ResolvedDevice Device, DeviceProvider? Provider) FindAutomatic()
    {
        string? note = null;
        foreach (var provider in s_providers)
        {
            if (provider.Automatic is not { } name)
                continue;
            try
            {
                return (provider.Resolve(name), provider);
            }
            catch (InputException error)
            {
                note ??= $"computing on the processor, because {name} cannot be used: {error.Message}";
            }
        }

        return (s_processor with { Note = note }, null);
    }
}
