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
        foreach (var file in study.Cells.Select(cell => cell.Data).Distinct().Where(file => !File.Exists(file.Path)))
            await MakeAsync(file, observer, cancel).ConfigureAwait(false);
    }

    private static async Task MakeAsync(StudyFile file, IStudyObserver observer, CancellationToken cancel)
    {
        switch (file.Recipe)
        {
            case StudyRecipe.Prepare prepare:
                foreach (var dataset in Preparation.Prepare(prepare.Source, prepare.From, prepare.Sample, prepare.Seed))
                    Write(Path.Combine(Path.GetDirectoryName(file.Path)!, dataset.FileName), dataset.Examples, observer);
                if (!File.Exists(file.Path))
                    throw new InputException($"{string.Join(", ", prepare.From)}: {prepare.Source} has no {Path.GetFileName(file.Path)}; leave that setting out of the study.");
                break;
            case StudyRecipe.Corrupt corrupt:
                if (!File.Exists(corrupt.Correct.Path))
                    await MakeAsync(corrupt.Correct, observer, cancel).ConfigureAwait(false);
                var right = Dataset.Load(corrupt.Correct.Path);
                Write(file.Path, Corruption.Corrupt(right, corrupt.Mode, corrupt.Seed, corrupt.SameAllowed, corrupt.Correct.Path).Examples, observer);
                break;
            case StudyRecipe.FetchPaper paper:
                await PaperDownload.FetchAsync([PaperData.Files[paper.Name]], PaperData.Source, PaperData.Folder, null, cancel).ConfigureAwait(false);
                observer.Note($"fetched {paper.Name}");
                break;
            case StudyRecipe.FetchHub hub:
                var fetched = await FileResolver.ResolveAsync(hub.Address, cancellation: cancel).ConfigureAwait(false);
                WholeFile.Write(file.Path, await File.ReadAllBytesAsync(fetched, cancel).ConfigureAwait(false));
                observer.Note($"fetched {hub.Address}");
                break;
            default:
                throw new InputException($"{file.Path}: the dataset is gone since the study was read.");
        }
    }

    private static void Write(string path, IReadOnlyList<Example> examples, IStudyObserver observer)
    {
        DatasetFile.Write(path, examples);
        observer.Note($"made {path}: {examples.Count} records");
    }
}
