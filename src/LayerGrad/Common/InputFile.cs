using System.Formats.Tar;

namespace LayerGrad;

/// <summary>
/// Whether a path leads to a file that can be read from its beginning to its end. To open a pipe waits for somebody who writes, and a
/// device may never end; so both are refused before they are opened.
/// </summary>
internal static class InputFile
{
    /// <summary>The kind of a terminal, of <c>/dev/null</c> and their like: what is written to goes through it.</summary>
    public const string Device = "a device";

    /// <summary>Refuses what is there and is no file: a pipe, a device, a socket. What is not there, or a folder, is left to whoever opens it.</summary>
    /// <param name="path">What the user named.</param>
    /// <param name="advice">What to do instead.</param>
    /// <returns>The path.</returns>
    /// <exception cref="InputException">It is a pipe, a device or a socket.</exception>
    public static string Require(string path, string advice = "write what comes from it to a file and name that") => SpecialKind(path) is { } kind
        ? throw new InputException($"{path}: is {kind}, not a file; {advice}")
        : path;

    /// <summary>What a path leads to where that is neither a file nor a folder, or null.</summary>
    /// <param name="path">The path; links are followed.</param>
    public static string? SpecialKind(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (OperatingSystem.IsWindows() || !file.Exists)
                return null;
            if (file.LinkTarget is not null)
            {
                // A link of the system's, such as /dev/stdin, may lead to what has no path.
                file = file.ResolveLinkTarget(returnFinalTarget: true) is FileInfo { Exists: true } target ? target : null;
                if (file is null)
                    return Directory.Exists(path) ? null : "a pipe";
            }

            // What has bytes is a file, whatever else is asked; the others have none.
            return file.Length > 0 ? null : EmptyKind(file.FullName);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // Whoever opens it says why that fails.
        }
    }

    /// <summary>The kind of something without bytes: an archive's entry is made of it, which tells the kind without opening what is no file.</summary>
    private static string? EmptyKind(string path)
    {
        using var archive = new MemoryStream();
        try
        {
            using var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true);
            writer.WriteEntry(path, "file");
        }
        catch (IOException) when (File.Exists(path))
        {
            return "a socket";
        }

        archive.Position = 0;
        using var reader = new TarReader(archive);
        return reader.GetNextEntry()?.EntryType switch
        {
            TarEntryType.Fifo => "a pipe",
            TarEntryType.CharacterDevice => Device,
            TarEntryType.BlockDevice => "a block device",
            _ => null,
        };
    }
}
