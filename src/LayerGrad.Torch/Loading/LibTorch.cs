using System.Runtime.InteropServices;

namespace LayerGrad.Torch.Loading;

/// <summary>Loads libtorch into the process, once, before the first call of TorchSharp.</summary>
internal static class LibTorch
{
    /// <summary>The folder that holds libtorch.</summary>
    public const string Variable = "LAYERGRAD_LIBTORCH";

    private static readonly Lazy<bool> s_loaded = new(Load);

    /// <summary>Loads it, or does nothing where it is loaded.</summary>
    /// <exception cref="InputException">There is none that fits.</exception>
    public static void Require() => _ = s_loaded.Value;

    private static bool Load()
    {
        var folder = Environment.GetEnvironmentVariable(Variable) ?? throw new InputException($"libtorch was not found; set {Variable} to the folder that holds libtorch.so");
        NativeLibrary.Load(Path.Combine(folder, "libtorch.so"));
        var own = Path.Combine(folder, "libLibTorchSharp.so");
        if (File.Exists(own))
            NativeLibrary.Load(own);
        return true;
    }
}
