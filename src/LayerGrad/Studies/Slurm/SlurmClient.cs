using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace LayerGrad.Studies.Slurm;

/// <summary>Speaks to Slurm through its commands.</summary>
internal static class SlurmClient
{
    /// <summary>Submits a script.</summary>
    /// <returns>The job's number.</returns>
    /// <exception cref="InputException">There is no Slurm here, or it refuses; with its words.</exception>
    public static string Submit(string script)
    {
        var (status, output, error) = Run("sbatch", "--parsable", script);
        if (status != 0)
            throw new InputException($"sbatch refuses {script}: {OneLine(error)}");

        // On a federation the cluster's name follows.
        return output.Trim().Split(';')[0];
    }

    /// <summary>What the queue, and the accounting where there is one, say of the tasks of arrays.</summary>
    public static IReadOnlyList<SlurmTask> Tasks(IReadOnlyCollection<string> jobs)
    {
        if (jobs.Count == 0)
            return [];
        var list = string.Join(',', jobs);
        var tasks = new Dictionary<(string, int), SlurmTask>();

        // Without accounting, sacct fails, and the queue alone must do.
        var (accounted, history, _) = Run("sacct", "--noheader", "--parsable2", "--allocations", "--array", "--format=JobID,State", "--jobs", list);
        foreach (var fields in accounted == 0 ? Fields(history, 2) : [])
        {
            var id = fields[0].Split('_');
            if (id.Length == 2 && int.TryParse(id[1], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                tasks[(id[0], index)] = new SlurmTask(id[0], index, fields[1], "");
        }

        var (queued, queue, error) = Run("squeue", "--noheader", "--array", "--states=all", "--format=%F|%K|%T|%r", "--jobs", list);

        // squeue does not know a lone job that has left its memory, and that is all it means to say then.
        if (queued != 0 && !error.Contains("Invalid job id", StringComparison.Ordinal))
            throw new InputException($"squeue fails: {OneLine(error)}");
        foreach (var fields in queued == 0 ? Fields(queue, 4) : [])
        {
            if (int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                tasks[(fields[0], index)] = new SlurmTask(fields[0], index, fields[2], fields[3] == "None" ? "" : fields[3]);
        }

        return [.. tasks.Values];
    }

    private static IEnumerable<string[]> Fields(string table, int count) =>
        table.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split('|')).Where(fields => fields.Length >= count);

    private static (int Status, string Output, string Error) Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            var error = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        catch (Win32Exception failure)
        {
            throw new InputException($"there is no {program} on this machine; submit where Slurm is, or run the study here with --jobs N.", failure);
        }
    }

    private static string OneLine(string text) => string.Join("; ", text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
}
