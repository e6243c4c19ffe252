using System.Globalization;

namespace LayerGrad;

/// <summary>
/// A file that is written beside its place and moved there when it is whole. While it is written it is held by a lock
/// of the operating system (a shared one, which lets readers in at its place), that ends with the process however that ends;
/// so the next writer of the same file tells a draft that a killed process left from one that another is writing, and removes it.
/// </summary>
internal sealed class Draft : IDisposable
{
    private const string Ending = ".tmp";
    private const int Attempts = 100;

    private static int s_drafts;

    private readonly string _path;
    private readonly string _place;
    private bool _isPlaced;

    /// <summary>Begins a draft, and removes what killed writers of the same file left.</summary>
    /// <param name="path">Where the file will stand; its folder is made where it is missing.</param>
    /// <exception cref="IOException">The draft cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public Draft(string path)
    {
        _place = Path.GetFullPath(path);
        var folder = Path.GetDirectoryName(_place) ?? throw new IOException("it is the root folder");
        Directory.CreateDirectory(folder);
        RemoveAbandoned(folder, Path.GetFileName(_place));

        (_path, File) = Open(_place);
    }

    /// <summary>What is written to.</summary>
    public FileStream File { get; }

    /// <summary>Moves the file to its place, when everything in it is on the disk. It stays locked until the draft is disposed.</summary>
    /// <param name="overwrite">Whether it may replace what stands there.</param>
    /// <exception cref="IOException">The disk is full, or the place is a folder, or is taken and may not be.</exception>
    public void Place(bool overwrite = true)
    {
        File.Flush(flushToDisk: true);
        System.IO.File.Move(_path, _place, overwrite);
        _isPlaced = true;
    }

    /// <summary>Removes what was not placed.</summary>
    public void Dispose()
    {
        if (!_isPlaced)
            FileFailure.Delete(_path);
        try
        {
            File.Dispose();
        }
        catch (Exception error) when (FileFailure.IsOne(error) && !_isPlaced)
        {
            // What is still buffered does not fit on the disk: the file is gone already, and the error that led here is the one to tell.
        }
    }

    /// <summary>
    /// Two processes may write one file at a time (workers of a study do): each has a draft of its own, and the last one counts.
    /// In the moment between a draft's making and its locking another writer may take it for abandoned: then the next name is tried.
    /// </summary>
    private static (string Path, FileStream File) Open(string place)
    {
        for (var attempt = 1; ; attempt++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"{place}.{Environment.ProcessId}-{Interlocked.Increment(ref s_drafts)}{Ending}");
            try
            {
                var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 1 << 16);
                if (System.IO.File.Exists(path))
                    return (path, file);
                file.Dispose();
            }
            catch (IOException error) when (attempt < Attempts && (FileFailure.IsHeld(error) || System.IO.File.Exists(path)))
            {
                // It is held by the one that is about to remove it, or has just done so.
            }

            if (attempt == Attempts)
                throw new IOException("other processes take turns writing it");
        }
    }

    private static void RemoveAbandoned(string folder, string name)
    {
        foreach (var draft in Directory.EnumerateFiles(folder, $"{name}.*-*{Ending}"))
        {
            try
            {
                using var held = new FileStream(draft, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                FileFailure.Delete(draft);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // Its writer lives, or has just moved it to its place.
            }
        }
    }
}
