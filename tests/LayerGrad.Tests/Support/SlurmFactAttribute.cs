using System.Diagnostics;

namespace LayerGrad.Tests.Support;

/// <summary>A test against a real Slurm of one node, started for it by <c>scripts/slurm-local</c>; skipped where that cannot be.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SlurmFactAttribute : FactAttribute
{
    public SlurmFactAttribute()
    {
        if (!Shared.Exists)
            Skip = $"needs a model in {Shared.Root}";
        else if (Tools.Find("sbatch") is null || Tools.Find("slurmctld") is null || Tools.Find("slurmd") is null || Tools.Find("munged") is null)
            Skip = "needs Slurm (apt install slurm-wlm munge)";
        else if (Environment.UserName != "root")
            Skip = "needs root: slurmd runs jobs as their users";
    }
}

/// <summary>A Slurm of one node for one test.</summary>
internal sealed class LocalSlurm : IDisposable
{
    private static readonly string s_script = Path.Combine(Shared.Repository, "scripts", "slurm-local");
    private readonly string _folder;

    public LocalSlurm(string folder)
    {
        _folder = folder;
        Script("up").ShouldContain("export SLURM_CONF=");
        Environment.SetEnvironmentVariable("SLURM_CONF", Path.Combine(folder, "slurm.conf"));
    }

    /// <summary>Kills slurmd as a failing node does: without a word.</summary>
    public void KillNode()
    {
        using var slurmd = Process.GetProcessById(int.Parse(File.ReadAllText(Path.Combine(_folder, "slurmd.pid")), System.Globalization.CultureInfo.InvariantCulture));
        slurmd.Kill();
    }

    /// <summary>Waits until the controller knows that the node is gone.</summary>
    public static void WaitUntilNodeIsDown() => WaitUntil(() => Run("sinfo", "--noheader", "--format=%T").StartsWith("down", StringComparison.Ordinal), TimeSpan.FromSeconds(60));

    /// <summary>Starts slurmd again.</summary>
    public void ReviveNode() => Script("slurmd");

    /// <summary>Waits until the queue is empty.</summary>
    public static void WaitUntilIdle() => WaitUntil(() => Run("squeue", "--noheader").Length == 0, TimeSpan.FromMinutes(5));

    /// <summary>Waits until something holds.</summary>
    public static void WaitUntil(Func<bool> holds, TimeSpan patience)
    {
        var clock = Stopwatch.StartNew();
        while (!holds())
        {
            (clock.Elapsed < patience).ShouldBeTrue($"waited {patience} in vain");
            Thread.Sleep(200);
        }
    }

    public void Dispose()
    {
        Script("down");
        Environment.SetEnvironmentVariable("SLURM_CONF", null);
    }

    private string Script(string action) => Run(s_script, action, _folder);

    private static string Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        process.ExitCode.ShouldBe(0, errors.Result);
        return output;
    }
}
