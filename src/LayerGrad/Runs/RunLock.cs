namespace LayerGrad.Runs;

/// <summary>
/// Keeps a second process off a run's files. The lock is the operating system's, on <c>RUN.lock</c>, so it ends
/// with the process however that ends; the file is removed when the run ends by itself.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private const int Attempts = 100;

    private readonly FileStream _file;
    private readonly string _path;

    private RunLock(FileStream file, string path)
    {
        _file = file;
        _path = path;
    }

    /// <summary>Takes the lock.</summary>
    /// <param name="paths">The run.</param>
    /// <param name="opened">Called when the file is open and locked and before it is looked at again: where a test lets another process act.</param>
    /// <exception cref="InputException">Another process has it, or the folder may not be written.</exception>
    public static RunLock Take(RunPaths paths, Action? opened = null)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var file = Open(paths);
            opened?.Invoke();
            if (IsStillAt(paths.Lock, file))
                return new RunLock(file, paths.Lock);

            // The holder before us removed the file between our opening it and our locking it: what we hold is nobody's lock.
            file.Dispose();
        }

        throw new InputException($"{paths.Lines}: other processes take turns writing this run; wait for them, or name another --out.");
    }

    /// <summary>Removes the file while it is still held, so that whoever opens it now finds out that it is gone.</summary>
    public void Dispose()
    {
        FileFailure.Delete(_path);
        _file.Dispose();
    }

    private static FileStream Open(RunPaths paths)
    {
        try
        {
            return new FileStream(paths.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1);
        }
        catch (IOException error) when (File.Exists(paths.Lock))
        {
            throw new InputException($"{paths.Lines}: another process is writing this run; wait for it, or name another --out.", error);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{paths.Lines}: cannot be written: {FileFailure.Reason(error)}", error);
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
