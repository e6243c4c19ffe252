using System.Diagnostics;
using System.Globalization;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies;

/// <summary>
/// Processes of this machine that work on a study side by side. Each takes the next unit that nobody has; the locks of
/// the run files keep them apart. They end when this process ends, however it ends: their standard input closes.
/// </summary>
internal static class LocalWorkers
{
    /// <summary>Runs workers until they have nothing left to do.</summary>
    /// <param name="program">The program to start.</param>
    /// <param name="study">The study.</param>
    /// <param name="count">How many processes.</param>
    /// <param name="threads">Processor threads of each.</param>
    /// <param name="quiet">Whether they say only what fails.</param>
    /// <param name="say">Is given each line that a worker writes.</param>
    /// <param name="cancel">Ends the workers.</param>
    public static async Task RunAsync(ProgramCommand program, Study study, int count, int threads, bool quiet, Action<string> say, CancellationToken cancel)
    {
        var workers = Enumerable.Range(0, count).Select(i => WorkAsync(program, study, i, count, threads, quiet, say, cancel)).ToList();
        await Task.WhenAll(workers).ConfigureAwait(false);
    }

    private static async Task WorkAsync(ProgramCommand program, Study study, int number, int count, int threads, bool quiet, Action<string> say, CancellationToken cancel)
    {
        var start = new ProcessStartInfo(program.File) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[.. program.Arguments, "study", study.Path, "--worker", "--threads", threads.ToString(CultureInfo.InvariantCulture), .. quiet ? (string[])["--quiet"] : []])
            start.ArgumentList.Add(argument);
        if (LocalGpus.VisibleTo(study.Measure.Device, count, number, Environment.GetEnvironmentVariable(LocalGpus.Variable)) is { } gpu)
            start.Environment[LocalGpus.Variable] = gpu;
        using var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Tell(line.Data);
        process.ErrorDataReceived += (_, line) => Tell(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
            throw;
        }

        void Tell(string? line)
        {
            if (!string.IsNullOrEmpty(line))
                say($"[{number}] {line}");
        }
    }
}
