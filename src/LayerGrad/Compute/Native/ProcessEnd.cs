using System.Runtime.InteropServices;

namespace LayerGrad.Compute.Native;

/// <summary>Ends the process at once, whatever its threads are doing: none is waited for, and no library tidies up under them.</summary>
internal static partial class ProcessEnd
{
    /// <summary>Ends the process.</summary>
    /// <param name="status">Its exit status.</param>
    public static void Now(int status)
    {
        if (!OperatingSystem.IsWindows())
            Exit(status);
        Environment.Exit(status);
    }

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int status);
}
