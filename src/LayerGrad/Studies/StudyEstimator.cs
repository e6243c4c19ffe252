using LayerGrad.Hub;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Measuring.Inspection;
using LayerGrad.Measuring.Packing;
using LayerGrad.Runs;
using LayerGrad.Studies.Datasets;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies;

/// <summary>Says what a study would take before it is started: tokens, memory, time, downloads.</summary>
internal static class StudyEstimator
{
    /// <summary>Counts what is left, and measures the speed of this machine for each model. Nothing is written or downloaded.</summary>
    /// <param name="study">The study.</param>
    /// <param name="processes">How many processes would share this machine's memory.</param>
    /// <param name="cancel">Ends the counting.</param>
    public static async Task<StudyEstimate> EstimateAsync(Study study, int processes, CancellationToken cancel)
    {
        var plan = StudyPlan.Find(study) ?? StudyPlan.Propose(study, processes);
        var cells = new List<CellEstimate>();
        var times = new Dictionary<string, TimeEstimate>(StringComparer.Ordinal);
        foreach (var status in StudyStatus.Read(study))
        {
            cancel.ThrowIfCancellationRequested();
            cells.Add(Estimate(study, plan, status, times));
        }

        return new StudyEstimate(cells, plan.Memory, await DownloadsAsync(study, cancel).ConfigureAwait(false));
    }

    private static CellEstimate Estimate(Study study, StudyPlan plan, CellStatus status, Dictionary<string, TimeEstimate> times)
    {
        if (status.State is CellState.Done or CellState.Measured)
            return new CellEstimate(status, 0, TimeSpan.Zero);
        if (!status.Cell.Model.IsLocal || !status.Cell.Data.Exists)
            return new CellEstimate(status, null, null);
        var tokens = 0L;
        var time = TimeSpan.Zero;
        foreach (var unit in StudyUnit.Of(study, status.Cell))
        {
            var options = plan.OptionsOf(study, unit, null);
            using var inputs = MeasureInputs.Open(options);
            if (!times.TryGetValue(status.Cell.Model.Name, out var ofModel))
                times[status.Cell.Model.Name] = ofModel = Measurers.Estimate(inputs.Model, options).Time;
            var encode = inputs.CreateEncoder(plan.Date);
            var last = LastDone(unit);
            var shards = unit.Shard?.Count ?? 1;
            var left = new PackingWindow(0, [.. inputs.Examples.Where(example => example.Index > last).Select(encode)]);
            tokens += left.Tokens / shards;
            time += ofModel.For(left.Lengths).About / shards;
        }

        return new CellEstimate(status, tokens, time);
    }

    private static int LastDone(StudyUnit unit)
    {
        var paths = new RunPaths(unit.Run);
        return File.Exists(paths.Metadata) ? RunState.Read(paths, RunMetadata.Read(paths.Metadata)).Last : -1;
    }

    private static async Task<List<StudyDownload>> DownloadsAsync(Study study, CancellationToken cancel)
    {
        var downloads = new List<StudyDownload>();
        using var client = new HubClient(HubOptions.FromEnvironment() with { Retries = 1 });
        foreach (var model in study.Cells.Select(cell => cell.Model).Where(model => !model.HasFiles).DistinctBy(model => model.Path))
            downloads.Add(new StudyDownload(model.Path, await SizeAsync(client, model.Path, cancel).ConfigureAwait(false)));
        foreach (var file in study.Cells.Select(cell => cell.Data).Distinct().Where(file => !file.Exists))
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
