namespace LayerGrad;

/// <summary>Whether a file may stand where the user wants it.</summary>
internal static class OutputFile
{
    private const string FullDevice = "/dev/full";

    /// <summary>Makes the folder of an output where it is missing.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="InputException">It cannot be made.</exception>
    public static void MakeFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{folder}: the folder of --out cannot be made: {FileFailure.Reason(error)}", error);
        }
    }

    /// <summary>Refuses a place at which something stands that is no file: a pipe, a device, a socket. A folder is left to whoever opens it.</summary>
    /// <param name="path">What the user named.</param>
    /// <exception cref="InputException">There is a pipe, a device or a socket.</exception>
    public static void Require(string path)
    {
        if (InputFile.SpecialKind(path) is not { } kind)
            return;

        // The system's own way to try a full disk.
        var full = Path.GetFullPath(path) == FullDevice ? new IOException("No space left on device", FileFailure.NoSpaceLeft) : null;
        throw full is null
            ? new InputException($"{path}: is {kind}, not a file; name a file to write")
            : new InputException($"{path}: cannot be written: {FileFailure.Reason(full)}", full);
    }
}
