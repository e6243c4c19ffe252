using System.Runtime.InteropServices;
using TorchSharp;

namespace LayerGrad.Torch.Loading;

/// <summary>Loads libtorch into the process, once, before the first call of TorchSharp. A process has at most one.</summary>
internal static class LibTorch
{
    private const string Bridge = "LibTorchSharp";
    private const string SymbolVersion = "GLIBCXX_3.4.32";

    private static readonly Lazy<LibTorchCandidate> s_loaded = new(() => Load(LibTorchSearch.OfThisMachine().Choose()));

    /// <summary>The one that is loaded, and works.</summary>
    /// <exception cref="InputException">There is none that fits.</exception>
    public static LibTorchCandidate Loaded => s_loaded.Value;

    /// <summary>Loads it, or does nothing where it is loaded.</summary>
    /// <exception cref="InputException">There is none that fits.</exception>
    public static void Require() => _ = Loaded;

    /// <summary>What is wrong with a device of libtorch: six ones, whose shape, type, place and values are known, come out otherwise; null where nothing is.</summary>
    /// <param name="device">The device.</param>
    public static string? Test(torch.Device device)
    {
        using var ones = torch.ones([2, 3], dtype: torch.float64, device: device);
        if (!ones.shape.AsSpan().SequenceEqual([2L, 3L]) || ones.dtype != torch.ScalarType.Float64 || ones.device_type != device.type)
            return "a matrix of ones has another shape, type or device than was asked for";
        using var transposed = ones.t();
        using var product = ones.mm(transposed);
        using var back = product.cpu();
        return back.data<double>().ToArray().AsSpan().SequenceEqual([3.0, 3.0, 3.0, 3.0]) ? null : "a product of ones is not three";
    }

    private static LibTorchCandidate Load(LibTorchCandidate candidate)
    {
        try
        {
            // An absolute path: this brings libc10, libtorch_cpu and, where they are there, the libraries for CUDA, through their own paths to one another.
            NativeLibrary.Load(Path.Combine(candidate.Folder, LibraryFile.Of("torch")));
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw new InputException($"{candidate.Told} cannot be loaded: {Reason(error)}.", error);
        }

        LoadBridge(candidate);
        try
        {
            if (Test(torch.CPU) is { } fault)
                throw new InputException($"{candidate.Told} computes garbage: {fault}; install torch 2.11 or 2.10.");
        }
        catch (Exception error) when (error is ExternalException or TypeInitializationException or NotSupportedException or EntryPointNotFoundException)
        {
            throw new InputException($"{candidate.Told} does not work: {Reason(error)}.", error);
        }

        return candidate;
    }

    /// <summary>
    /// TorchSharp's own library. A copy beside libtorch goes first: on systems whose libstdc++ is too old, development works with a copy that is made to do without.
    /// </summary>
    private static void LoadBridge(LibTorchCandidate candidate)
    {
        var beside = Path.Combine(candidate.Folder, LibraryFile.Of(Bridge));
        try
        {
            if (File.Exists(beside))
                NativeLibrary.Load(beside);
            else
                NativeLibrary.Load(Bridge, typeof(torch).Assembly, null);
        }
        catch (Exception error) when (error is DllNotFoundException or BadImageFormatException)
        {
            throw error.Message.Contains(SymbolVersion, StringComparison.Ordinal)
                ? new InputException(
                    $"TorchSharp's library needs {SymbolVersion}, which this system's libstdc++ lacks: Debian 13, Ubuntu 24.04 and newer have it, Debian 12 and Ubuntu 22.04 do not; "
                    + "use one of these (a container does), or --device cpu.", error)
                : new InputException($"TorchSharp's library cannot be loaded: {Reason(error)}.", error);
        }
    }

    /// <summary>The loader's own words, in one line: of several, that which names a library or a symbol that is missing.</summary>
    private static string Reason(Exception error)
    {
        var lines = (error.InnerException ?? error).Message.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return (Array.Find(lines, line => line.Contains("cannot open shared object file", StringComparison.Ordinal) && !line.Contains(Bridge, StringComparison.Ordinal)) ?? lines[0]).TrimEnd('.');
    }
}
