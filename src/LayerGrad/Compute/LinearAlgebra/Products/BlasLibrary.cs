using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace LayerGrad.Compute;

/// <summary>
/// The BLAS and LAPACK of the system: the library that <c>LAYERGRAD_BLAS</c> names, else OpenBLAS (on macOS also Accelerate). Without one, or with
/// <c>LAYERGRAD_BLAS=managed</c>, LayerGrad's own routines run; the numbers agree, the speed does not. A library that is not named factors, but does not multiply, where its kernels
/// leave half of the processor idle.
/// </summary>
internal static unsafe class BlasLibrary
{
    /// <summary>The name that <see cref="Blas"/> imports from.</summary>
    internal const string Name = "layergrad-blas";

    /// <summary>The environment variable that names the library, or <c>managed</c>.</summary>
    internal const string Variable = "LAYERGRAD_BLAS";

    /// <summary>"Auth" of "AuthenticAMD", as the processor's identification gives it.</summary>
    private const int AmdVendor = 0x68747541;

    private const int FamilyOfZen5 = 0x1A;

    private static readonly string[] s_required =
        ["sgemm_", "dgemm_", "ssyrk_", "dsyrk_", "dgeqrf_", "dgesdd_", "dpotrf_"];

    /// <summary>What OpenBLAS calls the processors for which it multiplies with 512-bit vectors.</summary>
    private static readonly string[] s_wideCores = ["SkylakeX", "Cooperlake", "Sapphirerapids", "Zen4", "Zen5"];

    private static readonly Lazy<(nint Handle, string? Path)> s_library = new(Load);

    private static readonly Lazy<bool> s_multiplies = new(static () => Available && (IsNamed || !Lags()));

    /// <summary>Whether a library was found. False too where <c>LAYERGRAD_BLAS=managed</c> asks for none.</summary>
    /// <exception cref="InputException"><c>LAYERGRAD_BLAS</c> names a library that cannot be loaded or lacks routines.</exception>
    public static bool Available => s_library.Value.Handle != 0;

    /// <summary>
    /// Whether products are the library's: where there is one, unless nobody named it and it knows the processor for an older one whose vectors have half the bits.
    /// It follows from the machine and the library alone, so that runs on one machine agree in every bit.
    /// </summary>
    public static bool Multiplies => s_multiplies.Value;

    /// <summary>What the library was loaded as, or null where there is none.</summary>
    public static string? Path => s_library.Value.Path;

    /// <summary>What computes, for people: the library, its own description of itself and its path, or that the managed routines run.</summary>
    public static string Description => !Available ? Own : Multiplies ? Whole : $"{Own}, factorizations of {Whole}";

    /// <summary>What to do about a missing library, or null where one is there or none is wanted.</summary>
    public static string? Missing => Available || WantsManaged
        ? null
        : "no BLAS library found, LayerGrad's own (slower) matrix products run; on Debian and Ubuntu 'apt install libopenblas0-pthread' brings one, or name one in LAYERGRAD_BLAS";

    private static string Own => $"managed, {VectorWidth()}-bit vectors";

    private static string Whole => $"{Configuration()} ({Path})";

    private static bool IsNamed => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable));

    private static bool WantsManaged => string.Equals(Environment.GetEnvironmentVariable(Variable), "managed", StringComparison.OrdinalIgnoreCase);

    private static (nint Handle, string? Path) Load()
    {
        if (WantsManaged)
            return (0, null);

        var named = Environment.GetEnvironmentVariable(Variable);
        if (!string.IsNullOrEmpty(named))
        {
            if (!NativeLibrary.TryLoad(named, out var library))
                throw new InputException($"{Variable}={named}: this library cannot be loaded; name another, or 'managed' for none");
            if (FirstMissing(library) is { } routine)
                throw new InputException($"{Variable}={named}: this library has no {routine}; LayerGrad needs one with BLAS and LAPACK, such as OpenBLAS");
            return (UseOneThread(library), named);
        }

        foreach (var candidate in Candidates())
        {
            if (NativeLibrary.TryLoad(candidate, out var library) && FirstMissing(library) is null)
                return (UseOneThread(library), candidate);
        }

        return (0, null);
    }

    private static IEnumerable<string> Candidates()
    {
        if (OperatingSystem.IsMacOS())
            return ["/opt/homebrew/opt/openblas/lib/libopenblas.dylib", "/usr/local/opt/openblas/lib/libopenblas.dylib", "/System/Library/Frameworks/Accelerate.framework/Accelerate"];
        return OperatingSystem.IsWindows() ? ["libopenblas.dll", "openblas.dll"] : ["libopenblas.so.0", "libopenblas.so"];
    }

    private static string? FirstMissing(nint library) => s_required.FirstOrDefault(routine => !NativeLibrary.TryGetExport(library, routine, out _));

    /// <summary>LayerGrad divides work over its own threads; a library that did so too would put two threads on each core.</summary>
    private static nint UseOneThread(nint library)
    {
        foreach (var setter in (ReadOnlySpan<string>)["openblas_set_num_threads", "MKL_Set_Num_Threads"])
        {
            if (NativeLibrary.TryGetExport(library, setter, out var address))
                ((delegate* unmanaged<int, void>)address)(1);
        }

        return library;
    }

    /// <summary>
    /// Whether the library multiplies with vectors of 256 bits on a processor that multiplies twice as fast with 512. AMD's before the family of Zen 5 take two steps for 512 bits; of Intel's, those
    /// that have them at all do not.
    /// </summary>
    private static bool Lags() =>
        System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated && CoreName() is { } core && !s_wideCores.Contains(core, StringComparer.OrdinalIgnoreCase) && HasWholeWideVectors();

    private static bool HasWholeWideVectors()
    {
        if (!X86Base.IsSupported)
            return false;
        var (_, vendor, _, _) = X86Base.CpuId(0, 0);
        var (version, _, _, _) = X86Base.CpuId(1, 0);
        var family = (version >> 8) & 0xF;
        if (family == 0xF)
            family += (version >> 20) & 0xFF;
        return vendor != AmdVendor || family >= FamilyOfZen5;
    }

    private static string? CoreName() =>
        NativeLibrary.TryGetExport(s_library.Value.Handle, "openblas_get_corename", out var address) ? Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)address)()) : null;

    private static string Configuration()
    {
        if (!NativeLibrary.TryGetExport(s_library.Value.Handle, "openblas_get_config", out var address))
            return "BLAS";
        var text = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)address)());
        return string.IsNullOrWhiteSpace(text) ? "OpenBLAS" : text.Trim();
    }

    private static int VectorWidth() =>
        System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated ? 512 : System.Runtime.Intrinsics.Vector256.IsHardwareAccelerated ? 256 : 128;
}
