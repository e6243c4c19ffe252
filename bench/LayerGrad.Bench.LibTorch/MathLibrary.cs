using System.Runtime.InteropServices;
using System.Text;

namespace LayerGrad.Bench.LibTorch;

/// <summary>The BLAS inside libtorch.</summary>
internal static unsafe class MathLibrary
{
    private const int Room = 256;

    /// <summary>MKL's own description of itself.</summary>
    public static string Version()
    {
        var path = Path.Combine(Torch.Loading.LibTorch.Loaded.Folder, "libtorch_cpu.so");
        if (!NativeLibrary.TryLoad(path, out var library) || !NativeLibrary.TryGetExport(library, "mkl_serv_get_version_string", out var address))
            return "no MKL";
        var text = stackalloc byte[Room];
        ((delegate* unmanaged<byte*, int, void>)address)(text, Room);
        return Encoding.ASCII.GetString(new ReadOnlySpan<byte>(text, Room)).Split('\0')[0].Replace("(R)", "", StringComparison.Ordinal).Trim();
    }
}
