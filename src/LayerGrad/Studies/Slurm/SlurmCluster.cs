using System.Globalization;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies.Slurm;

/// <summary>
/// Runs a study on a cluster: every shard a task of a job array, then a job that merges and analyses. What is done, or
/// still in the queue, is not submitted again, so submitting once more is how a study goes on.
/// </summary>
internal static class SlurmCluster
{
    /// <summary>Writes the scripts and submits them.</summary>
    /// <param name="study">The study; its data is there.</param>
    /// <param name="options">The cluster's side of it.</param>
    /// <param name="program">How the nodes start this program.</param>
    /// <exception cref="InputException">There is no Slurm here, or it refuses.</exception>
    public static SlurmSubmission Submit(Study study, SlurmOptions options, ProgramCommand program)
    {
        var journal = new SlurmJournal(study);
        Directory.CreateDirectory(Path.Combine(journal.Folder, "logs"));
        var active = SlurmClient.Tasks(journal.Jobs()).Where(task => task.IsActive).Select(task => task.Index).ToHashSet();
        var tasks = Extend(study, journal, options.Shards);
        var done = Enumerable.Range(0, tasks.Count).Where(i => IsDone(study, tasks[i])).ToHashSet();
        int[] open = [.. Enumerable.Range(0, tasks.Count).Where(i => !done.Contains(i) && !active.Contains(i))];
        var path = Path.GetFullPath(study.Path);
        if (open.Length == 0)
            return new SlurmSubmission(null, null, 0, done.Count, active.Count);
        var task = program.ToShell("study", path, "--threads", options.Cores.ToString(CultureInfo.InvariantCulture), "--task") + " \"$SLURM_ARRAY_TASK_ID\"";
        var array = SlurmClient.Submit(WriteScript(journal, "array.sh", SlurmScript.ArrayOf(study, options, open, journal.Folder, "exec " + task)));

        // Written down at once: a second submission must know of the first, whatever happens to this process.
        journal.Add(array, open.Length);
        var finish = "exec " + program.ToShell("study", path, "--finish");
        var finishJob = SlurmClient.Submit(WriteScript(journal, "finish.sh", SlurmScript.FinishOf(study, options, array, journal.Folder, finish)));
        return new SlurmSubmission(array, finishJob, open.Length, done.Count, active.Count);
    }

    /// <summary>The unit of a task of the array.</summary>
    /// <param name="study">The study.</param>
    /// <param name="task">The task's number.</param>
    public static StudyUnit UnitOf(Study study, int task)
    {
        var tasks = new SlurmJournal(study).Tasks();
        return task >= 0 && task < tasks.Count
            ? tasks[task]
            : throw new InputException($"--task {task}: {study.Path} has the tasks 0 to {tasks.Count - 1}; submit it with --submit slurm first.");
    }

    /// <summary>What Slurm says of each cell's tasks; empty where the study was never submitted.</summary>
    public static ILookup<string, SlurmTask> TasksByCell(Study study)
    {
        var journal = new SlurmJournal(study);
        var jobs = journal.Jobs();
        var units = jobs.Count > 0 ? journal.Tasks() : [];

        // Of a task that was submitted several times, the last submission counts.
        return SlurmClient.Tasks(jobs)
            .Where(task => task.Index < units.Count)
            .GroupBy(task => task.Index)
            .Select(group => group.MaxBy(task => jobs.IndexOf(task.Job))!)
            .ToLookup(task => units[task.Index].Cell.Id);
    }

    /// <summary>The tasks of earlier submissions, and behind them those of cells that have none yet.</summary>
    private static List<StudyUnit> Extend(Study study, SlurmJournal journal, int shards)
    {
        // Without a job, nobody counts on the numbers yet.
        var tasks = journal.Jobs().Count > 0 ? journal.Tasks() : [];
        var known = tasks.Select(unit => unit.Cell.Id).ToHashSet(StringComparer.Ordinal);
        tasks.AddRange(study.Cells.Where(cell => !known.Contains(cell.Id)).SelectMany(cell => StudyUnit.Of(study, cell, shards)));
        journal.WriteTasks(tasks);
        return tasks;
    }

    /// <summary>A shard is done, too, when its cell was completed without it.</summary>
    private static bool IsDone(Study study, StudyUnit unit) => StudyStatus.IsDone(unit) || StudyStatus.IsDone(StudyUnit.Whole(study, unit.Cell));

    private static string WriteScript(SlurmJournal journal, string name, string text)
    {
        var path = Path.Combine(journal.Folder, name);
        WholeFile.Write(path, text);
        return path;
    }
}
