using System.Runtime.InteropServices;

namespace LayerGrad.Torch.Loading;

/// <summary>How files of native libraries are called on this system.</summary>
internal static class LibraryFile
{
    /// <summary>The file of a library, such as <c>libtorch.so</c>.</summary>
    /// <param name="library">Its name, such as <c>torch</c>.</param>
    public static string Of(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll" : OperatingSystem.IsMacOS() ? $"lib{library}.dylib" : $"lib{library}.so";

    /// <summary>The system and processor as NuGet's packages call them, such as <c>linux-x64</c>.</summary>
    public static string System { get; } =
        $"{(OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
}
