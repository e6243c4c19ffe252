using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LayerGrad.Compute.Native;

/// <summary>Tells the operating system which part of a file will be read next.</summary>
internal static partial class FileAdvice
{
    private const int WillNeed = 3; // POSIX_FADV_WILLNEED, the same number on every Linux architecture we run on

    /// <summary>
    /// Starts reading a range of a file into the page cache and returns when the reads are queued. It is a hint: where the system
    /// has no such call, or refuses it, the later read simply waits for the disk itself.
    /// </summary>
    /// <param name="file">The open file.</param>
    /// <param name="offset">First byte of the range.</param>
    /// <param name="length">Bytes in the range.</param>
    public static void ReadAhead(SafeFileHandle file, long offset, long length)
    {
        // POSIX leaves the call out of macOS, and 32-bit systems pass its offsets differently.
        if (OperatingSystem.IsLinux() && Environment.Is64BitProcess)
            _ = PosixFadvise(file, offset, length, WillNeed);
    }

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int PosixFadvise(SafeFileHandle file, nint offset, nint length, int advice);

    private static int PosixFadvise(SafeFileHandle file, long offset, long length, int advice) =>
        PosixFadvise(file, (nint)offset, (nint)length, advice);
}
