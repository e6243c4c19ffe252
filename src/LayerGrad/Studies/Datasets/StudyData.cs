using LayerGrad.Data;
using LayerGrad.Examples;
using LayerGrad.Hub;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies.Datasets;

/// <summary>Makes or fetches the data of a study that is not there yet.</summary>
internal static class StudyData
{
    /// <summary>Makes every file that is missing.</summary>
    public static async Task MakeAsync(Study study, IStudyObserver observer, CancellationToken cancel)
    {
        foreach (var file in study.Cells.Select(cell => cell.Data).Distinct().Where(file => !file.Exists))
            await MakeAsync(file, observer, cancel).ConfigureAwait(false);
    }

    private static async Task MakeAsync(StudyFile file, IStudyObserver observer, CancellationToken cancel)
    {
        switch (file.Recipe)
        {
            case StudyRecipe.Prepare prepare:
                foreach (var dataset in Preparation.Prepare(prepare.Source, prepare.From, prepare.Sample, prepare.Seed))
                    Write(Path.Combine(Path.GetDirectoryName(file.Path)!, dataset.FileName), dataset.Examples, observer);
                if (!file.Exists)
                    throw new InputException($"{string.Join(", ", prepare.From)}: {prepare.Source} has no {Path.GetFileName(file.Path)}; leave that setting out of the study.");
                break;
            case StudyRecipe.Corrupt corrupt:
                if (!corrupt.Correct.Exists)
                    await MakeAsync(corrupt.Correct, observer, cancel).ConfigureAwait(false);
                var right = Dataset.Load(DatasetSource.OnDisk(corrupt.Correct.Path)).RequireTexts("corrupt").Examples;
                Write(file.Path, Corruption.Corrupt(right, corrupt.Mode, corrupt.Seed, corrupt.SameAllowed, corrupt.Correct.Path).Examples, observer);
                break;
            case StudyRecipe.FetchPaper paper:
                await PaperDownload.FetchAsync([PaperData.Files[paper.Name]], PaperData.Source, PaperData.Folder, null, cancel).ConfigureAwait(false);
                observer.Note($"fetched {paper.Name}");
                break;
            case StudyRecipe.FetchHub hub:
                Fetch(await DatasetResolver.ResolveAsync(hub.Address, cancellation: cancel).ConfigureAwait(false), file.Path);
                observer.Note($"fetched {hub.Address}");
                break;
            default:
                throw new InputException($"{file.Path}: the dataset is gone since the study was read.");
        }
    }

    /// <summary>Copies a dataset of the hub: a file as it is, the shards of a split as one JSON file of their records.</summary>
    private static void Fetch(DatasetSource source, string path)
    {
        if (source.Parts is [{ Path: not null } only])
        {
            using var file = only.Open();
            WholeFile.Write(path, file.CopyTo);
        }
        else
        {
            DatasetFile.Write(path, Dataset.Load(source).Examples);
        }
    }

    private static void Write(string path, IReadOnlyList<Example> examples, IStudyObserver observer)
    {
        DatasetFile.Write(path, examples);
        observer.Note($"made {path}: {examples.Count} records");
    }
}
