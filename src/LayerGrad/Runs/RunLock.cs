using System.Globalization;

namespace LayerGrad.Runs;

/// <summary>
/// Keeps a second process off an output. The lock is the operating system's, on <c>RUN.lock</c>, so it ends
/// with the process however that ends; the file is removed when the run ends by itself. Beside it stands, in <c>RUN.lock.holder</c>, which process of which host has
/// it. Over NFS it is as good as that file system's own locks.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private const int Attempts = 100;
    private const string HolderEnding = ".holder";

    private readonly FileStream _file;
    private readonly string _path;

    private RunLock(FileStream file, string path)
    {
        _file = file;
        _path = path;
    }

    /// <summary>Takes a run's lock.</summary>
    /// <param name="paths">The run.</param>
    /// <param name="opened">Called when the file is open and locked and before it is looked at again: where a test lets another process act.</param>
    /// <exception cref="InputException">Another process has it, or the folder may not be written.</exception>
    public static RunLock Take(RunPaths paths, Action? opened = null) => Take(paths.Lock, paths.Lines, "is writing this run; wait for it, or name another --out", opened);

    /// <summary>Takes the lock of a file that takes long to write.</summary>
    /// <param name="output">The file; its folder is made where it is missing.</param>
    /// <exception cref="InputException">Another process has it, or the folder may not be written.</exception>
    public static RunLock TakeFor(string output)
    {
        OutputFile.MakeFolder(Path.GetDirectoryName(Path.GetFullPath(output))!);
        return Take(output + ".lock", output, "is writing this file; wait for it, or name another --out");
    }

    /// <summary>Takes the lock of a study's folder, for the one process that gives out its work.</summary>
    /// <param name="folder">The folder; it is made where it is missing.</param>
    /// <exception cref="InputException">Another process has it, or the folder may not be written.</exception>
    public static RunLock TakeStudy(string folder)
    {
        var path = Path.Combine(folder, "study.lock");
        OutputFile.MakeFolder(folder);
        return Take(path, folder, "works on this study already; wait for it, or look at it with --status");
    }

    /// <summary>Which process has a lock, for messages: <c>process 4711 on node7</c>.</summary>
    /// <param name="path">The lock's file.</param>
    internal static string HolderOf(string path)
    {
        try
        {
            return File.ReadAllText(path + HolderEnding).Split(' ', 2, StringSplitOptions.TrimEntries) is [var process, var host] && int.TryParse(process, CultureInfo.InvariantCulture, out var id)
                ? string.Create(CultureInfo.InvariantCulture, $"process {id} on {host}")
                : "another process";
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "another process"; // It has only just begun, or is about to end.
        }
    }

    /// <summary>Removes the file while it is still held, so that whoever opens it now finds out that it is gone.</summary>
    public void Dispose()
    {
        FileFailure.Delete(_path + HolderEnding);
        FileFailure.Delete(_path);
        _file.Dispose();
    }

    private static RunLock Take(string path, string what, string doing, Action? opened = null)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var file = Open(path, what, doing);
            opened?.Invoke();
            if (IsStillAt(path, file))
            {
                NoteHolder(path);
                return new RunLock(file, path);
            }

            // The holder before us removed the file between our opening it and our locking it: what we hold is nobody's lock.
            file.Dispose();
        }

        throw new InputException($"{what}: other processes take turns writing it; wait for them, or name another --out.");
    }

    private static FileStream Open(string path, string what, string doing)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException error) when (File.Exists(path) && !FileFailure.IsOfDisk(error))
        {
            throw new InputException($"{what}: {HolderOf(path)} {doing}.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{what}: cannot be written: {FileFailure.Reason(error)}", error);
        }
    }

    private static void NoteHolder(string path)
    {
        try
        {
            File.WriteAllText(path + HolderEnding, string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId} {Environment.MachineName}"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The lock holds all the same; whoever is refused is told of another process, and not which.
        }
    }

    /// <summary>Whether the path still leads to the open file: a time that nobody else would write is set on the one and looked for at the other.</summary>
    private static bool IsStillAt(string path, FileStream file)
    {
        var stamp = DateTime.UnixEpoch.AddTicks(Random.Shared.NextInt64(TimeSpan.TicksPerDay * 365 * 30));
        File.SetLastWriteTimeUtc(file.SafeFileHandle, stamp);
        return File.Exists(path) && File.GetLastWriteTimeUtc(path) == stamp;
    }
}
