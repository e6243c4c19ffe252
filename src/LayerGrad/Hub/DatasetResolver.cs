using LayerGrad.Examples;
using LayerGrad.Examples.Shards;

namespace LayerGrad.Hub;

/// <summary>
/// Finds the dataset that the user names: a file, a folder of shards, standard input (<c>-</c>), or a dataset on the hub
/// (<c>hf://datasets/ORG/NAME[@REVISION][/PATH][?config=C&amp;split=S]</c>, and <c>ORG/NAME</c> where no such path is on the disk).
/// </summary>
internal static class DatasetResolver
{
    private const string Prefix = HubReference.Scheme + "datasets/";
    private const string ConvertedRevision = "refs/convert/parquet";

    /// <summary>Finds a dataset. What is on the disk comes first. Of a dataset on the hub a file is downloaded when its records are first asked for.</summary>
    /// <param name="name">What the user names.</param>
    /// <param name="spool">Where standard input is kept; null to hold it in memory.</param>
    /// <param name="progress">Told how far each download is.</param>
    /// <param name="options">The hub; by default what the environment says.</param>
    /// <param name="cancellation">Ends downloads; started again, they go on.</param>
    /// <returns>The dataset's files.</returns>
    /// <exception cref="InputException">There is no such dataset, the name is not well formed, or the hub refuses.</exception>
    public static async Task<DatasetSource> ResolveAsync(
        string name, InputSpool? spool = null, IProgress<HubProgress>? progress = null, HubOptions? options = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name == StandardInput.Name)
            return StandardInput.Read(spool);
        if (File.Exists(name) || Directory.Exists(name))
            return DatasetSource.OnDisk(name);
        var (address, config, split) = Query(name);
        var reference = HubReference.IsReference(address) ? HubReference.Parse(address)
            : !LooksLikePath(address) && HubRepository.TryParse(address, isDataset: true) is { } named ? new HubReference(named, "")
            : throw new InputException($"{name}: no such file or folder; a dataset is a file, a folder of shards, ORG/NAME or {Prefix}ORG/NAME on the hub, or - for standard input.");
        if (!reference.Repository.IsDataset && reference.Path.Length == 0)
            throw new InputException($"{name}: is a model; a dataset on the hub is {Prefix}ORG/NAME");

        var download = new Download(options ?? HubOptions.FromEnvironment(), progress, cancellation);
        return ShardNames.IsData(reference.Path)
            ? await OfFileAsync(name, reference, download)
            : await OfRepositoryAsync(name, reference, config, split, download);
    }

    /// <inheritdoc cref="ResolveAsync"/>
    public static DatasetSource Resolve(
        string name, InputSpool? spool = null, IProgress<HubProgress>? progress = null, HubOptions? options = null, CancellationToken cancellation = default) =>
        ResolveAsync(name, spool, progress, options, cancellation).GetAwaiter().GetResult();

    /// <summary>Whether a name is one on the hub by its form.</summary>
    internal static bool IsOnHub(string name) => name.StartsWith(Prefix, StringComparison.Ordinal);

    private static async Task<DatasetSource> OfFileAsync(string name, HubReference reference, Download download)
    {
        var path = await download.GetAsync(reference.Repository, reference.Path);
        var commit = new HubCache(download.Options.CacheFolder, reference.Repository).FindCommit();
        return new DatasetSource(name, [DatasetPart.OnDisk(path) with { Name = name }]) { Commit = commit };
    }

    private static async Task<DatasetSource> OfRepositoryAsync(string name, HubReference reference, string? config, string? split, Download download)
    {
        var repository = reference.Repository;
        using var client = new HubClient(download.Options);
        var listing = Below(reference.Path, await client.ListOrRecallAsync(repository, download.Cancellation));
        if (!ShardNames.HasParquet(listing.Files) && reference.Path.Length == 0 && repository.Revision == HubRepository.DefaultRevision)
        {
            var converted = repository with { Revision = ConvertedRevision };
            if (await TryListAsync(client, converted, download.Cancellation) is { } parquet && ShardNames.HasParquet(parquet.Files))
                (repository, listing) = (converted, parquet);
        }

        var below = reference.Path.Length == 0 ? "" : reference.Path + "/";
        var shards = ShardNames.Choose(name, listing.Files, config, split);
        var commit = repository with { Revision = listing.Commit };
        return new DatasetSource(name, [.. shards.Select(shard => Part(repository, commit, below + shard, download))]) { Commit = listing.Commit };
    }

    private static DatasetPart Part(HubRepository repository, HubRepository commit, string path, Download download) => new(
        $"{repository.Name}/{path}",
        () => DatasetPart.OnDisk(download.GetAsync(commit, path).GetAwaiter().GetResult()).Open());

    /// <summary>The files of a folder, by their paths in it.</summary>
    private static HubListing Below(string folder, HubListing listing) => folder.Length == 0 ? listing
        : listing with { Files = [.. listing.Files.Where(file => file.StartsWith(folder + "/", StringComparison.Ordinal)).Select(file => file[(folder.Length + 1)..])] };

    /// <summary>A listing, or null where the repository has no such revision (the hub converts not all datasets).</summary>
    private static async Task<HubListing?> TryListAsync(HubClient client, HubRepository repository, CancellationToken cancellation)
    {
        try
        {
            return await client.ListOrRecallAsync(repository, cancellation);
        }
        catch (InputException)
        {
            // Then the repository's own files must do, and if there are none of them either, that is what the user is told.
            return null;
        }
    }

    /// <summary>What stands behind the question mark.</summary>
    private static (string Address, string? Config, string? Split) Query(string name)
    {
        var at = name.IndexOf('?', StringComparison.Ordinal);
        if (at < 0)
            return (name, null, null);
        string? config = null, split = null;
        foreach (var term in name[(at + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var value = term.IndexOf('=', StringComparison.Ordinal) is var equals && equals > 0 ? Uri.UnescapeDataString(term[(equals + 1)..]) : "";
            if (value.Length > 0 && term.StartsWith("config=", StringComparison.Ordinal))
                config = value;
            else if (value.Length > 0 && term.StartsWith("split=", StringComparison.Ordinal))
                split = value;
            else
                throw new InputException(HubError.OneLine($"{name}: '{term}' is not understood; behind the question mark stand config=C and split=S"));
        }

        return (name[..at], config, split);
    }

    private static bool LooksLikePath(string name) => name.StartsWith('.') || name.StartsWith('~') || Path.IsPathRooted(name) || ShardNames.IsData(name);

    /// <summary>How downloads are made.</summary>
    private sealed record Download(HubOptions Options, IProgress<HubProgress>? Progress, CancellationToken Cancellation)
    {
        public async Task<string> GetAsync(HubRepository repository, string path)
        {
            using var client = new HubClient(Options);
            return await client.GetFileAsync(repository, path, Progress, Cancellation);
        }
    }
}
