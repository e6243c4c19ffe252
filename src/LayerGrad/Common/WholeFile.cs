using System.Globalization;
using System.Text;

namespace LayerGrad;

/// <summary>Writes a file whole or not at all: beside its place first, flushed to the disk, then moved there.</summary>
public static class WholeFile
{
    private const string DraftEnding = ".tmp";

    /// <summary>How old a draft is at least that is taken for one that a killed process left.</summary>
    private static readonly TimeSpan s_abandonedAfter = TimeSpan.FromMinutes(10);

    private static int s_drafts;

    /// <summary>Writes text as UTF-8.</summary>
    /// <exception cref="InputException">The place cannot be written to; what stood there stands there still.</exception>
    public static void Write(string path, string text) => Write(path, Encoding.UTF8.GetBytes(text));

    /// <summary>Writes bytes.</summary>
    /// <exception cref="InputException">The place cannot be written to; what stood there stands there still.</exception>
    public static void Write(string path, byte[] bytes) => Write(path, file => file.Write(bytes));

    /// <summary>Writes what a method writes.</summary>
    /// <param name="path">The file; its folder is made where it is missing.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="InputException">The place cannot be written to; what stood there stands there still.</exception>
    public static void Write(string path, Action<FileStream> write)
    {
        if (Directory.Exists(path))
            throw new InputException($"{path}: is a folder; name a file in it.");
        // Two processes may write one file at a time (workers of a study do): each has a draft of its own, and the last one counts.
        var draft = string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}-{Interlocked.Increment(ref s_drafts)}{DraftEnding}");
        try
        {
            if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder)
            {
                Directory.CreateDirectory(folder);
                RemoveAbandoned(folder, Path.GetFileName(path));
            }

            using (var file = new FileStream(draft, FileMode.Create, FileAccess.Write))
            {
                write(file);
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, path, overwrite: true);
            draft = "";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be written: {FileFailure.Reason(error)}; nothing was changed.", error);
        }
        finally
        {
            // What writes the content may fail for reasons of its own.
            if (draft.Length > 0)
                FileFailure.Delete(draft);
        }
    }

    /// <summary>Removes what a process that was killed in the middle of writing the same file left behind.</summary>
    private static void RemoveAbandoned(string folder, string name)
    {
        foreach (var draft in Directory.EnumerateFiles(folder, $"{name}.*{DraftEnding}"))
        {
            if (DateTime.UtcNow - File.GetLastWriteTimeUtc(draft) > s_abandonedAfter)
                FileFailure.Delete(draft);
        }
    }
}
