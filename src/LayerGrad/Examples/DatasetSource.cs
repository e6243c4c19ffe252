using LayerGrad.Examples.Shards;

namespace LayerGrad.Examples;

/// <summary>Where the records of a dataset come from: its files, in their order.</summary>
/// <param name="Name">The dataset as the user wrote it.</param>
/// <param name="Parts">Its files, whose records follow one another; at least one.</param>
internal sealed record DatasetSource(string Name, IReadOnlyList<DatasetPart> Parts)
{
    /// <summary>The commit of the hub's repository that the files are of; null for what lies elsewhere.</summary>
    public string? Commit { get; init; }

    /// <summary>Its files that lie on the disk.</summary>
    internal IEnumerable<string> Files => Parts.Select(static part => part.Path).OfType<string>();

    /// <summary>What lies on the disk: a file, or a folder of shards (of its split <c>train</c>, where their names tell splits apart).</summary>
    /// <param name="path">The file or folder.</param>
    /// <exception cref="InputException">There is no such file or folder, or the folder holds no dataset.</exception>
    public static DatasetSource OnDisk(string path)
    {
        if (!Directory.Exists(path))
            return new DatasetSource(path, [DatasetPart.OnDisk(path)]);
        var files = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(path, file).Replace('\\', '/'));
        var shards = ShardNames.Choose(path, [.. files], config: null, split: null);
        return new DatasetSource(path, [.. shards.Select(shard => DatasetPart.OnDisk(Path.Combine(path, shard)))]);
    }

    /// <summary>
    /// Whether a run that recorded an identity was of this dataset: the identity of the same records; or, from older runs, the SHA-256 of the only
    /// file's bytes.
    /// </summary>
    /// <param name="recorded">What the run recorded.</param>
    /// <param name="records">The identity of the records that were read.</param>
    internal bool IsRecordedAs(string recorded, string records) => recorded == records
        || (FileIdentity.IsOne(recorded) && Parts is [{ Path: { } path }] && FileIdentity.Of(path) == recorded);
}
