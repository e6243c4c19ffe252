using System.Diagnostics;

namespace LayerGrad.Tests.Support;

/// <summary>A fact that mounts a small disk in a name space of its own; it runs where every case is asked for and that is allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute()
    {
        if (!Extent.IsWhole || !OperatingSystem.IsLinux())
            Skip = "takes long; ./test --all runs it, on Linux";
        else if (!MayMount())
            Skip = "needs leave to mount a disk in memory (unshare -m, mount)";
    }

    private static bool MayMount()
    {
        if (Tools.Find("unshare") is null)
            return false;
        using var folder = new TemporaryFolder();
        using var process = Process.Start(new ProcessStartInfo("unshare", ["-m", "mount", "-t", "tmpfs", "none", folder.Path]) { RedirectStandardError = true, UseShellExecute = false })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
