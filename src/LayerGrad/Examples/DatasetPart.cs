namespace LayerGrad.Examples;

/// <summary>One file of a dataset.</summary>
/// <param name="Name">What errors call it.</param>
/// <param name="Open">Opens it for reading; a file on the hub is downloaded only then.</param>
internal sealed record DatasetPart(string Name, Func<Stream> Open)
{
    /// <summary>The file on the disk; null where it is known only once it is opened.</summary>
    public string? Path { get; init; }

    /// <summary>A file on the disk.</summary>
    /// <param name="path">The file.</param>
    public static DatasetPart OnDisk(string path) => new(path, () => OpenFile(path)) { Path = path };

    private static FileStream OpenFile(string path)
    {
        try
        {
            return new FileStream(InputFile.Require(path, "write what comes from it to a file and name that, or give - and let it come on standard input"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw File.Exists(path)
                ? new InputException($"{path}: the dataset cannot be read ({FileFailure.Reason(error)}).", error)
                : new InputException($"{path}: no such file; a dataset is a file, a folder of them, ORG/NAME on the hub, or - for standard input.", error);
        }
    }
}
