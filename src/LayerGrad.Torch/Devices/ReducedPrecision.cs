using System.Runtime.InteropServices;

namespace LayerGrad.Torch.Devices;

/// <summary>
/// cuBLAS may sum parts of a bfloat16 product in bfloat16 unless libtorch forbids it. TorchSharp has no call for that, so libtorch's own function is looked up by its name.
/// </summary>
internal static class ReducedPrecision
{
    private const string Library = "libtorch_cpu.so";

    private delegate nint GlobalContext();

    private delegate void SetAllowed(nint context, [MarshalAs(UnmanagedType.U1)] bool reduced, [MarshalAs(UnmanagedType.U1)] bool splitK);

    /// <summary>Has all products of bfloat16 summed in float32.</summary>
    /// <returns>False where this libtorch has no such function: parts may then be summed in bfloat16.</returns>
    public static bool TrySwitchOff()
    {
        if (!NativeLibrary.TryLoad(Library, out var library)
            || !NativeLibrary.TryGetExport(library, "_ZN2at13globalContextEv", out var context)
            || !NativeLibrary.TryGetExport(library, "_ZN2at7Context27setAllowBF16ReductionCuBLASEbb", out var set))
        {
            return false;
        }

        // Splitting a sum is no harm where its parts are added in float32.
        Marshal.GetDelegateForFunctionPointer<SetAllowed>(set)(Marshal.GetDelegateForFunctionPointer<GlobalContext>(context)(), reduced: false, splitK: true);
        return true;
    }
}
