using System.Globalization;
using LayerGrad.Measuring;
using LayerGrad.Studies;
using LayerGrad.Studies.Plan;
using LayerGrad.Studies.Slurm;

namespace LayerGrad.Cli.Progress;

/// <summary>Prints how far a study is, and what it would take.</summary>
internal static class StudyTables
{
    /// <summary>What is smaller is not listed by itself.</summary>
    private const long LargeDownload = 10_000_000;

    /// <summary>The status of every cell, with what Slurm says of its tasks where the study was submitted.</summary>
    public static void ShowStatus(Study study)
    {
        var status = StudyStatus.Read(study);
        var tasks = SlurmCluster.TasksByCell(study);
        var width = status.Max(cell => cell.Cell.Id.Length);
        foreach (var cell in status)
        {
            var queue = tasks[cell.Cell.Id].Where(task => task.IsActive || cell.State is not (CellState.Done or CellState.Measured)).GroupBy(Describe).Select(group => group.Count() == 1 ? group.Key : $"{group.Count()} × {group.Key}");
            Terminal.Print(string.Join("  ", ((string[])[cell.Cell.Id.PadRight(width), State(cell).PadRight(9), Examples(cell).PadLeft(9), string.Join(", ", queue), cell.Error ?? ""])).TrimEnd());
        }

        Terminal.Print(string.Join(", ", status.GroupBy(cell => cell.State).OrderByDescending(group => group.Key).Select(group => $"{group.Count()} {group.Key.ToString().ToLowerInvariant()}")));
    }

    /// <summary>What a study would measure, and what that takes.</summary>
    public static void ShowEstimate(StudyEstimate estimate)
    {
        var width = estimate.Cells.Max(cell => cell.Status.Cell.Id.Length);
        foreach (var (status, tokens, _) in estimate.Cells)
        {
            var left = status.State == CellState.Done ? "" : tokens is { } count ? $"{Wording.Count(count)} tokens" : "tokens not known before the download";
            Terminal.Print($"{status.Cell.Id.PadRight(width)}  {State(status),-9}  {Examples(status),9}  {left}".TrimEnd());
        }

        var open = estimate.Cells.Count(cell => cell.Status.State != CellState.Done);
        Terminal.Print($"{Wording.Of(estimate.Cells.Count, "run")}, {open} to measure: {Wording.Count(estimate.Tokens)} tokens");
        Terminal.Print($"memory      {ByteSize.Format(estimate.Memory)} each process");
        if (estimate.Tokens > 0)
            Terminal.Print($"time        about {Wording.Time(estimate.Time)} here in one process");
        foreach (var download in estimate.Downloads.Where(download => download.Bytes is null or > LargeDownload))
            Terminal.Print($"download    {download.Name}: {(download.Bytes is { } bytes ? ByteSize.Format(bytes) : "size not known")}");
        if (estimate.Downloads.Count > 0)
        {
            var least = estimate.Downloads.Any(download => download.Bytes is null) ? "at least " : "";
            Terminal.Print($"download    {least}{ByteSize.Format(estimate.Downloads.Sum(download => download.Bytes ?? 0))} in {Wording.Of(estimate.Downloads.Count, "model or file").Replace("model or files", "models and files", StringComparison.Ordinal)}");
        }
    }

    private static string State(CellStatus cell) => cell.State.ToString().ToLowerInvariant();

    private static string Examples(CellStatus cell) => string.Create(CultureInfo.InvariantCulture, $"{cell.Done}/{cell.Total?.ToString(CultureInfo.InvariantCulture) ?? "?"}");

    private static string Describe(SlurmTask task) => task.Reason.Length > 0 && task.State == "PENDING" ? $"{task.State.ToLowerInvariant()} ({task.Reason})" : task.State.ToLowerInvariant();
}
