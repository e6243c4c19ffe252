namespace LayerGrad.Studies.Slurm;

/// <summary>What Slurm says of one task of a job array.</summary>
/// <param name="Job">The array's job number.</param>
/// <param name="Index">The task's number in the array.</param>
/// <param name="State">The state, such as <c>RUNNING</c>.</param>
/// <param name="Reason">Why it is not running; empty where nothing is said.</param>
internal sealed record SlurmTask(string Job, int Index, string State, string Reason)
{
    private static readonly string[] s_ended =
        ["COMPLETED", "FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "OUT_OF_MEMORY", "PREEMPTED", "BOOT_FAIL", "DEADLINE", "REVOKED", "SPECIAL_EXIT"];

    /// <summary>Whether the task may still write: queued, running, completing, or waiting to be queued again.</summary>
    public bool IsActive => !Array.Exists(s_ended, state => State.StartsWith(state, StringComparison.Ordinal));
}
