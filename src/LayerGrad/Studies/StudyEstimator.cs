using System.Diagnostics;
using LayerGrad.Checkpoints;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Hub;
using LayerGrad.Measuring;

namespace LayerGrad.Studies;

/// <summary>Says what a study would take before it is started: tokens, memory, time, downloads.</summary>
public static class StudyEstimator
{
    /// <summary>Operations a token and parameter: 2 forward, 2 backward through each weight, and about 2 for the statistics of the gradients.</summary>
    private const double OperationsPerParameter = 6;

    private const int ProbeSize = 768;
    private static readonly TimeSpan ProbeTime = TimeSpan.FromSeconds(0.3);

    /// <summary>Counts what is left and measures this machine's speed. Nothing is written or downloaded.</summary>
    /// <param name="study">The study.</param>
    /// <param name="processes">How many processes would share this machine's memory.</param>
    /// <param name="cancel">Ends the counting.</param>
    public static async Task<StudyEstimate> EstimateAsync(Study study, int processes, CancellationToken cancel)
    {
        var plan = StudyPlan.Find(study) ?? StudyPlan.Propose(study, processes);
        var cells = new List<CellEstimate>();
        foreach (var status in StudyStatus.Read(study))
        {
            cancel.ThrowIfCancellationRequested();
            cells.Add(Estimate(study, plan, status));
        }

        var speed = cells.Exists(cell => cell.Operations > 0) ? MeasureSpeed(study.Measure.Threads) : double.NaN;
        return new StudyEstimate(cells, plan.Memory, speed, await DownloadsAsync(study, cancel).ConfigureAwait(false));
    }

    private static CellEstimate Estimate(Study study, StudyPlan plan, CellStatus status)
    {
        if (status.State is CellState.Done or CellState.Measured)
            return new CellEstimate(status, 0, 0);
        if (!status.Cell.Model.IsLocal || !File.Exists(status.Cell.Data.Path))
            return new CellEstimate(status, null, null);
        var (tokens, operations) = (0L, 0.0);
        foreach (var unit in StudyUnit.Of(study, status.Cell))
        {
            using var inputs = MeasureInputs.Open(plan.OptionsOf(study, unit, null));
            var last = LastDone(unit);
            var encode = inputs.CreateEncoder(plan.Date);
            var left = inputs.Examples.Where(example => example.Index > last).Sum(example => (long)(encode(example).Tokens?.Ids.Length ?? 0));
            tokens += unit.Shard is { } shard ? left / shard.Count : left;
            operations = tokens * OperationsPerParameter * ModelInspection.Of(inputs.Checkpoint).Parameters;
        }

        return new CellEstimate(status, tokens, operations);
    }

    private static int LastDone(StudyUnit unit)
    {
        var paths = new RunPaths(unit.Run);
        return File.Exists(paths.Metadata) ? RunState.Read(paths, RunMetadata.Read(paths.Metadata)).Last : -1;
    }

    /// <summary>Floating-point operations a second of large products of matrices.</summary>
    private static double MeasureSpeed(int? threads)
    {
        using var device = new CpuDevice<float>(threads ?? Environment.ProcessorCount);
        using var memory = device.Allocate(3L * ProbeSize * ProbeSize);
        var matrices = Enumerable.Range(0, 3).Select(i => new Matrix<float>(memory, (long)i * ProbeSize * ProbeSize, ProbeSize, ProbeSize, ProbeSize)).ToArray();
        var clock = Stopwatch.StartNew();
        var products = 0;
        do
        {
            device.Multiply(matrices[0], transposeA: false, matrices[1], transposeB: true, matrices[2]);
            products++;
        }
        while (clock.Elapsed < ProbeTime);
        return products * 2.0 * ProbeSize * ProbeSize * ProbeSize / clock.Elapsed.TotalSeconds;
    }

    private static async Task<List<StudyDownload>> DownloadsAsync(Study study, CancellationToken cancel)
    {
        var downloads = new List<StudyDownload>();
        using var client = new HubClient(HubOptions.FromEnvironment() with { Retries = 1 });
        foreach (var model in study.Cells.Select(cell => cell.Model).Where(model => !model.IsLocal).DistinctBy(model => model.Path))
            downloads.Add(new StudyDownload(model.Path, await SizeAsync(client, model.Path, cancel).ConfigureAwait(false)));
        foreach (var file in study.Cells.Select(cell => cell.Data).Distinct().Where(file => !File.Exists(file.Path)))
        {
            if (file.Recipe is StudyRecipe.FetchPaper(var name))
                downloads.Add(new StudyDownload(name, PaperData.Files[name].Size));
            else if (file.Recipe is StudyRecipe.FetchHub(var address))
                downloads.Add(new StudyDownload(address, await SizeAsync(client, HubReference.Parse(address), cancel).ConfigureAwait(false)));
        }

        return [.. downloads.Where(download => download.Bytes != 0)];
    }

    private static async Task<long?> SizeAsync(HubClient client, string model, CancellationToken cancel)
    {
        if (HubReference.IsReference(model) && HubReference.Parse(model) is { Path.Length: > 0 } reference)
            return await SizeAsync(client, reference, cancel).ConfigureAwait(false);
        return HubRepository.TryParse(model, isDataset: false) is { } repository
            ? await client.MissingBytesAsync(repository, files => ModelFiles.Foreseen(repository.Display, files), cancel).ConfigureAwait(false)
            : null;
    }

    private static Task<long?> SizeAsync(HubClient client, HubReference file, CancellationToken cancel) => client.MissingBytesAsync(file.Repository, _ => [file.Path], cancel);
}
