using System.Net;
using LayerGrad.Json;

namespace LayerGrad.Hub;

/// <summary>
/// A client of the Hugging Face hub that keeps what it downloads in the hub's own cache. A file that the cache has is
/// not asked for again; where the hub cannot be reached, what the cache has must do.
/// </summary>
internal sealed class HubClient : IDisposable
{
    private readonly HubOptions _options;
    private readonly HubHttp _http;

    /// <summary>A client.</summary>
    public HubClient(HubOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
        _http = new HubHttp(options);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Asks which commit a repository's revision is and which files it holds.</summary>
    /// <exception cref="InputException">There is no such repository, access is refused, or the hub cannot be reached.</exception>
    public async Task<HubListing> ListAsync(HubRepository repository, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        if (_options.Offline)
            throw Unavailable(repository, "HF_HUB_OFFLINE is set");
        try
        {
            return await AskListingAsync(repository, cancellation);
        }
        catch (HubUnreachableException error)
        {
            throw Unavailable(repository, error.Message, error);
        }
    }

    /// <summary>
    /// Which commit a repository's revision is and which files it holds, as the hub says now, or as it last said where it is out of reach; a commit
    /// that is known is not asked for again.
    /// </summary>
    /// <exception cref="InputException">There is no such repository, access is refused, or it is not known and the hub cannot be reached.</exception>
    internal async Task<HubListing> ListOrRecallAsync(HubRepository repository, CancellationToken cancellation)
    {
        var cache = new HubCache(_options.CacheFolder, repository);
        var known = cache.FindCommit() is { } commit && cache.FindListing(commit) is { } files ? new HubListing(commit, files) : null;
        if (known is not null && (repository.IsCommit || _options.Offline))
            return known;
        if (_options.Offline)
            throw Unavailable(repository, "HF_HUB_OFFLINE is set");
        try
        {
            var listing = await AskListingAsync(repository, cancellation);
            cache.SetCommit(listing.Commit);
            cache.SetListing(listing.Commit, [.. listing.Files.Where(HubCache.IsSafePath)]);
            return listing;
        }
        catch (HubUnreachableException error)
        {
            return known ?? throw Unavailable(repository, error.Message, error);
        }
    }

    /// <summary>Brings files of a repository into the cache and returns the folder that holds them.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="select">Chooses from the paths of the repository's files, in one or more rounds: it is called
    /// with what it may choose from and the folder that already holds what it chose before, until it chooses nothing new.</param>
    /// <param name="progress">Told how far each file is; called from several threads.</param>
    /// <param name="cancellation">Ends the downloads; started again, they go on.</param>
    /// <returns>The folder <c>snapshots/COMMIT</c> of the cache.</returns>
    /// <exception cref="InputException">The hub refuses, a file arrives damaged, or there is no room.</exception>
    public async Task<string> GetFolderAsync(
        HubRepository repository,
        Func<IReadOnlyList<string>, string, IEnumerable<string>> select,
        IProgress<HubProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(select);
        var cache = new HubCache(_options.CacheFolder, repository);
        if (_options.Offline)
            return FolderInCache(cache, repository, select, "HF_HUB_OFFLINE is set");
        try
        {
            var listing = await AskListingAsync(repository, cancellation);
            cache.SetCommit(listing.Commit);
            var folder = cache.Snapshot(listing.Commit);
            var fetched = new HashSet<string>();
            while (select(listing.Files, folder).Where(fetched.Add).ToList() is { Count: > 0 } files)
            {
                var parallel = new ParallelOptions { MaxDegreeOfParallelism = _options.Parallelism, CancellationToken = cancellation };
                await Parallel.ForEachAsync(files, parallel, async (file, token) => await FetchAsync(cache, repository, listing.Commit, file, progress, token));
            }
            return folder;
        }
        catch (HubUnreachableException error)
        {
            return FolderInCache(cache, repository, select, error.Message, error);
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw new InputException($"{_options.CacheFolder}: the hub's cache cannot be used: {FileFailure.Reason(error)}", error);
        }
    }

    /// <summary>Brings one file of a repository into the cache.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="path">The file's path in it.</param>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="cancellation">Ends the download; started again, it goes on.</param>
    /// <returns>The file in the cache.</returns>
    /// <exception cref="InputException">The hub refuses, the file arrives damaged, or there is no room.</exception>
    public async Task<string> GetFileAsync(HubRepository repository, string path, IProgress<HubProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        var cache = new HubCache(_options.CacheFolder, repository);
        var cached = cache.FindCommit() is { } known && File.Exists(cache.Pointer(known, path)) ? cache.Pointer(known, path) : null;
        if (cached is not null && (repository.IsCommit || _options.Offline))
            return cached;
        if (_options.Offline)
            throw Unavailable(repository, $"HF_HUB_OFFLINE is set, and the cache has no '{path}'");
        try
        {
            return await FetchAsync(cache, repository, repository.Revision, path, progress, cancellation);
        }
        catch (HubUnreachableException error)
        {
            return cached ?? throw Unavailable(repository, error.Message, error);
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw new InputException($"{_options.CacheFolder}: the hub's cache cannot be used: {FileFailure.Reason(error)}", error);
        }
    }

    /// <summary>Asks how many bytes of a repository's files are not in the cache. Nothing is downloaded.</summary>
    /// <param name="repository">The repository.</param>
    /// <param name="select">Chooses from the paths of its files.</param>
    /// <param name="cancellation">Ends the asking.</param>
    /// <returns>The bytes; null where the hub does not say, or cannot be reached.</returns>
    /// <exception cref="InputException">There is no such repository, or access is refused.</exception>
    public async Task<long?> MissingBytesAsync(HubRepository repository, Func<IReadOnlyList<string>, IEnumerable<string>> select, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(repository);
        ArgumentNullException.ThrowIfNull(select);
        if (_options.Offline)
            return null;
        try
        {
            var cache = new HubCache(_options.CacheFolder, repository);
            var listing = await AskListingAsync(repository, cancellation);
            long? bytes = 0;
            foreach (var path in select(listing.Files).Where(path => !File.Exists(cache.Pointer(listing.Commit, path))))
                bytes += (await AskFileAsync(cache, repository, listing.Commit, path, cancellation)).Size;
            return bytes;
        }
        catch (HubUnreachableException)
        {
            return null; // The answer is that it is not known; a download would say why.
        }
    }

    private async Task<HubListing> AskListingAsync(HubRepository repository, CancellationToken cancellation)
    {
        using var response = await _http.SendAsync(HttpMethod.Get, _http.Address(repository.ApiPath), 0, static _ => true, cancellation);
        if (!response.IsSuccessStatusCode)
            throw HubError.Of(_options, repository, null, response);
        try
        {
            var listing = ForeignJson.Parse(await _http.ReadWholeAsync(response, cancellation), "its answer");
            var commit = listing.Require("sha");
            List<string> files = [.. listing.Array("siblings").Select(static file => file.Text("rfilename"))];
            return HubRepository.IsCommitHash(commit.AsText()) ? new HubListing(commit.AsText(), files) : throw commit.Error($"sha is {commit.Shown()}, which is not a commit");
        }
        catch (InputException error)
        {
            throw new InputException($"{repository.Display}: {_options.Endpoint.Authority} does not answer like a Hugging Face hub ({HubError.OneLine(error.Message)}); check HF_ENDPOINT", error);
        }
    }

    /// <summary>Brings one file into the cache unless it is there.</summary>
    private async Task<string> FetchAsync(HubCache cache, HubRepository repository, string revision, string path, IProgress<HubProgress>? progress, CancellationToken cancellation)
    {
        if (HubRepository.IsCommitHash(revision) && File.Exists(cache.Pointer(revision, path)))
            return cache.Pointer(revision, path);
        _ = cache.Pointer("any", path); // refuses a path that leaves the cache before anything is asked for

        var file = await AskFileAsync(cache, repository, revision, path, cancellation);
        if (!HubRepository.IsCommitHash(revision))
            cache.SetCommit(file.Commit);
        var pointer = cache.Pointer(file.Commit, path);
        if (File.Exists(pointer))
            return pointer;
        var blob = cache.Blob(file.ETag);
        using (await cache.LockAsync(file.ETag, cancellation))
        {
            if (!File.Exists(blob))
                await new HubDownload(_http, _options, repository).RunAsync(file, blob, () => AskFileAsync(cache, repository, revision, path, cancellation), progress, cancellation);
            if (!File.Exists(pointer))
                cache.Link(file.Commit, path, file.ETag);
        }
        progress?.Report(new HubProgress(path, new FileInfo(blob).Length, file.Size));
        return pointer;
    }

    private async Task<HubFile> AskFileAsync(HubCache cache, HubRepository repository, string revision, string path, CancellationToken cancellation)
    {
        var address = _http.Address(repository.FilePath(revision, path));
        // A redirect with an ETag describes the file and says where it lies; one without leads to a renamed repository.
        using var response = await _http.SendAsync(HttpMethod.Head, address, 0, static answer => ETag(answer) is null, cancellation);
        var commit = HubError.Header(response, "X-Repo-Commit") ?? (HubRepository.IsCommitHash(revision) ? revision : null);
        if (response.StatusCode == HttpStatusCode.NotFound && HubError.Header(response, "X-Error-Code") == "EntryNotFound" && commit is not null && HubRepository.IsCommitHash(commit))
            cache.SetMissing(commit, path);
        if ((int)response.StatusCode >= 400)
            throw HubError.Of(_options, repository, path, response);
        if (commit is null || !HubRepository.IsCommitHash(commit) || ETag(response) is not { } etag)
        {
            throw new InputException(response.Content.Headers.ContentType?.MediaType == "text/html"
                ? $"{repository.Display}: {address.Authority} sends a web page for '{path}', not the file; a proxy or a login page may stand in between"
                : $"{repository.Display}: {address.Authority} does not describe '{path}' as a Hugging Face hub does (no commit or no ETag); check HF_ENDPOINT");
        }
        var size = long.TryParse(HubError.Header(response, "X-Linked-Size"), out var linked) && linked >= 0 ? linked : response.Content.Headers.ContentLength;
        if (size > HubHttp.MostBytes && !repository.IsDataset && ModelFiles.IsSmall(path))
            throw new InputException($"{repository.Display}: '{path}' has {size} bytes; a configuration or a tokenizer of more than {HubHttp.MostBytes >> 20} MiB is not fetched");
        var final = response.RequestMessage!.RequestUri!;
        return new HubFile(path, commit, etag, size, response.Headers.Location is { } location ? HubHttp.Redirected(final, location) : final);
    }

    private static string? ETag(HttpResponseMessage response)
    {
        var tag = HubError.Header(response, "X-Linked-Etag") ?? HubError.Header(response, "ETag");
        return tag?.StartsWith("W/", StringComparison.Ordinal) is true ? tag[2..].Trim('"') : tag?.Trim('"');
    }

    private static bool IsComplete(HubCache cache, string commit, Func<IReadOnlyList<string>, string, IEnumerable<string>> select)
    {
        var folder = cache.Snapshot(commit);
        if (!Directory.Exists(folder))
            return false;
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(File.Exists) // not a link that leads nowhere
            .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
            .ToList();
        try
        {
            return select(files, folder).All(files.Contains);
        }
        catch (InputException)
        {
            return false; // what it looks for is not there yet
        }
    }

    private static string FolderInCache(HubCache cache, HubRepository repository, Func<IReadOnlyList<string>, string, IEnumerable<string>> select, string why, Exception? error = null) =>
        cache.FindCommit() is { } commit && IsComplete(cache, commit, select) ? cache.Snapshot(commit) : throw Unavailable(repository, why, error);

    private static InputException Unavailable(HubRepository repository, string why, Exception? error = null)
    {
        var message = $"{repository.Display}: not in the cache as a whole, and the hub is out of reach: {why}";
        return error is null ? new InputException(message) : new InputException(message, error);
    }
}
