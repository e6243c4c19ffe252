using LayerGrad.Hub;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies.Datasets;

/// <summary>Fetches the data of the original study, and its released statistics, into caches on this machine.</summary>
internal static class PaperDownload
{
    private const int Parallel = 4;

    /// <summary>The hub's dataset of the statistics that the authors released.</summary>
    public static HubRepository Statistics { get; } = new(IsDataset: true, "MingLiiii/Layer_Gradient");

    /// <summary>
    /// Fetches files that are not in the cache. What has arrived is kept when a connection breaks, and every file is
    /// checked against its SHA-256 before it gets its name.
    /// </summary>
    /// <param name="files">The files.</param>
    /// <param name="source">Where they are; <see cref="PaperData.Source"/>, or a mirror of that folder.</param>
    /// <param name="folder">The folder to keep them in; <see cref="PaperData.Folder"/>.</param>
    /// <param name="arrived">Told of each file that was fetched.</param>
    /// <param name="cancellation">Ends the download.</param>
    /// <returns>The paths of the files in the cache.</returns>
    /// <exception cref="InputException">The source cannot be reached, lacks a file, or sends other contents.</exception>
    public static async Task<IReadOnlyList<string>> FetchAsync(
        IReadOnlyList<PaperFile> files, Uri source, string folder, Action<PaperFile>? arrived, CancellationToken cancellation)
    {
        var options = HubOptions.FromEnvironment() with { Endpoint = source, Token = null };
        using var http = new HubHttp(options);
        var download = new HubDownload(http, options, Statistics);
        var missing = files.Where(file => !IsThere(PathOf(folder, file), file));
        try
        {
            await System.Threading.Tasks.Parallel.ForEachAsync(missing, new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellation }, async (file, stop) =>
            {
                var address = new Uri(source.AbsoluteUri.TrimEnd('/') + "/" + file.Name);
                var remote = new HubFile(file.Name, PaperData.Commit, file.Sha256, file.Size, address);
                await download.RunAsync(remote, PathOf(folder, file), () => Task.FromResult(remote), null, stop).ConfigureAwait(false);
                arrived?.Invoke(file);
            }).ConfigureAwait(false);
        }
        catch (HubUnreachableException error)
        {
            throw new InputException($"{source}: {error.Message}; what has arrived is kept, run the command again to go on.", error);
        }

        return [.. files.Select(file => PathOf(folder, file))];
    }

    /// <summary>Fetches the released statistics of a model, as run files.</summary>
    /// <param name="model">The model's folder there, such as <c>llama3_8b</c>.</param>
    /// <param name="options">The hub.</param>
    /// <param name="progress">Told how far each file is.</param>
    /// <param name="cancellation">Ends the download.</param>
    /// <returns>The run files in the hub's cache.</returns>
    /// <exception cref="InputException">There is no such model, or the hub refuses.</exception>
    public static async Task<IReadOnlyList<string>> FetchStatisticsAsync(
        string model, HubOptions options, IProgress<HubProgress>? progress, CancellationToken cancellation)
    {
        using var client = new HubClient(options);
        var listing = await client.ListAsync(Statistics, cancellation).ConfigureAwait(false);
        var runs = listing.Files.Where(file => file.EndsWith(".jsonl", StringComparison.Ordinal)).ToList();
        var chosen = runs.Where(file => Folders(file).Contains(model, StringComparer.OrdinalIgnoreCase)).ToList();
        if (chosen.Count == 0)
        {
            var models = runs.Select(file => Folders(file).LastOrDefault()).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToList();
            throw new InputException($"--statistics {model}: {Statistics.Name} has no such model{NearestWord.Suggest(model, models)} It has {string.Join(", ", models)}.");
        }

        var folder = await client.GetFolderAsync(Statistics, (_, _) => chosen, progress, cancellation).ConfigureAwait(false);
        return [.. chosen.Select(file => Path.Combine(folder, file.Replace('/', Path.DirectorySeparatorChar)))];
    }

    private static string[] Folders(string file) => file.Split('/')[..^1];

    private static string PathOf(string folder, PaperFile file) => Path.Combine(folder, file.Name.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>A file has its name only when it arrived whole; its size tells one that was changed since.</summary>
    private static bool IsThere(string path, PaperFile file)
    {
        var info = new FileInfo(path);
        return info.Exists && info.Length == file.Size;
    }
}
