using Microsoft.Win32.SafeHandles;

namespace LayerGrad;

/// <summary>Files in the system's temporary folder that end with the process, however that ends: where the system lets an open file go without a name, it has none.</summary>
internal static class TemporaryFile
{
    /// <summary>Opens an empty file as a stream.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public static FileStream Open() => new(OpenHandle(), FileAccess.ReadWrite, bufferSize: 1 << 16);

    /// <summary>Opens an empty file.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public static SafeFileHandle OpenHandle()
    {
        var path = Path.Combine(Path.GetTempPath(), $"layergrad-{Guid.NewGuid():N}");
        var file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        if (!OperatingSystem.IsWindows())
            File.Delete(path);
        return file;
    }
}
