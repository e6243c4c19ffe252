using System.Buffers;

namespace LayerGrad.Hub;

/// <summary>
/// The folder of one repository in the cache, laid out as <c>huggingface_hub</c> lays it out, so that either finds what
/// the other downloaded: contents in <c>blobs/ETAG</c>, relative links to them in <c>snapshots/COMMIT/PATH</c>, the commit
/// of a branch in <c>refs/BRANCH</c>, locks beside it in <c>.locks</c>
/// (https://huggingface.co/docs/huggingface_hub/guides/manage-cache).
/// </summary>
/// <param name="root">The folder of the cache.</param>
/// <param name="repository">The repository.</param>
internal sealed class HubCache(string root, HubRepository repository)
{
    private static readonly SearchValues<char> s_forbidden = SearchValues.Create("\\:*?\"<>|");

    private readonly string _folder = Path.Combine(Path.GetFullPath(root), repository.CacheName);

    /// <summary>Whether a path from the hub stays below the folder it is meant for, on every system.</summary>
    public static bool IsSafePath(string path) => path.Length is > 0 and < 1024
        && path.Split('/').All(static part => part.AsSpan().Trim(". ").Length > 0
            && !part.AsSpan().ContainsAny(s_forbidden) && !part.Any(char.IsControl));

    /// <summary>The folder with the files of a commit.</summary>
    public string Snapshot(string commit) => Path.Combine(_folder, "snapshots", commit);

    /// <summary>Where a file of a commit stands, whether it is there or not.</summary>
    /// <exception cref="InputException">The path would leave the cache.</exception>
    public string Pointer(string commit, string file) => IsSafePath(file)
        ? Path.Combine(Snapshot(commit), Path.Combine(file.Split('/')))
        : throw new InputException(HubError.OneLine($"{repository.Display}: names the file '{file}', whose path leaves the cache; refused"));

    /// <summary>The file of a content.</summary>
    /// <exception cref="InputException">The tag is none that can name a file.</exception>
    public string Blob(string etag) => Path.Combine(_folder, "blobs", SafeTag(etag));

    /// <summary>The commit that a branch or tag had when it was last asked for, or null.</summary>
    public string? FindCommit()
    {
        if (repository.IsCommit)
            return repository.Revision;
        var path = RefPath();
        return File.Exists(path) && File.ReadAllText(path).Trim() is var commit && HubRepository.IsCommitHash(commit) ? commit : null;
    }

    /// <summary>Notes the commit of the branch or tag.</summary>
    public void SetCommit(string commit)
    {
        if (repository.IsCommit || FindCommit() == commit)
            return;
        WholeFile.Write(RefPath(), commit);
    }

    /// <summary>The paths of all files of a commit as the hub listed them, or null. The snapshot has only those that were needed.</summary>
    public IReadOnlyList<string>? FindListing(string commit) => File.Exists(ListingPath(commit)) ? File.ReadAllLines(ListingPath(commit)) : null;

    /// <summary>Notes the paths of all files of a commit.</summary>
    public void SetListing(string commit, IReadOnlyList<string> files) => WholeFile.Write(ListingPath(commit), string.Join('\n', files) + '\n');

    /// <summary>Notes that a commit has no such file.</summary>
    public void SetMissing(string commit, string file)
    {
        _ = Pointer(commit, file);
        var path = Path.Combine(_folder, ".no_exist", commit, Path.Combine(file.Split('/')));
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, []);
    }

    /// <summary>Lets a file of a commit point to its content.</summary>
    public void Link(string commit, string file, string etag)
    {
        var (pointer, blob) = (Pointer(commit, file), Blob(etag));
        Directory.CreateDirectory(Path.GetDirectoryName(pointer)!);
        RequireNoLinks(Snapshot(commit), Path.GetDirectoryName(pointer)!);
        File.Delete(pointer); // a link that leads nowhere any more
        try
        {
            File.CreateSymbolicLink(pointer, Path.GetRelativePath(Path.GetDirectoryName(pointer)!, blob));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException && !File.Exists(pointer))
        {
            // A file system without links: huggingface_hub too puts the file itself there.
            WholeFile.Write(pointer, file => CopyInto(blob, file));
        }
    }

    private static void CopyInto(string blob, FileStream file)
    {
        using var content = File.OpenRead(blob);
        content.CopyTo(file);
    }

    /// <summary>Waits until no other process downloads a content, and keeps others waiting until it is disposed of.</summary>
    public async Task<IDisposable> LockAsync(string etag, CancellationToken cancellation)
    {
        var folder = Path.Combine(Path.GetDirectoryName(_folder)!, ".locks", repository.CacheName);
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, SafeTag(etag) + ".lock");
        while (true)
        {
            try
            {
                // FileShare.None is flock(LOCK_EX) on Unix, which is what huggingface_hub locks with.
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(path))
            {
                await Task.Delay(100, cancellation);
            }
        }
    }

    /// <summary>Refuses a folder below the snapshot that is a link: what is written into it would stand elsewhere.</summary>
    private static void RequireNoLinks(string snapshot, string folder)
    {
        for (; folder.Length >= snapshot.Length; folder = Path.GetDirectoryName(folder)!)
        {
            if (new DirectoryInfo(folder).LinkTarget is not null)
                throw new InputException($"{folder}: is a link in the hub's cache, which holds none to folders; remove it");
        }
    }

    private string ListingPath(string commit) => Path.Combine(_folder, ".listings", commit);

    private string RefPath() => Path.Combine(_folder, "refs", Path.Combine(repository.Revision.Split('/')));

    private string SafeTag(string etag) => etag.Length is > 0 and <= 128 && etag.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
        ? etag
        : throw new InputException(HubError.OneLine($"{repository.Display}: the hub gives a file the ETag '{etag}', which cannot name one in the cache; refused"));
}
