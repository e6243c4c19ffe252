namespace LayerGrad.Measuring;

/// <summary>
/// Keeps a second process off a run's files. The lock is the operating system's, on <c>RUN.lock</c>, so it ends
/// with the process however that ends; the file is removed when the run ends by itself.
/// </summary>
internal sealed class RunLock : IDisposable
{
    private readonly FileStream _file;

    private RunLock(FileStream file) => _file = file;

    /// <exception cref="InputException">Another process has it, or the folder may not be written.</exception>
    public static RunLock Take(RunPaths paths)
    {
        try
        {
            return new RunLock(new FileStream(paths.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose));
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

    public void Dispose() => _file.Dispose();
}
