using Microsoft.Win32.SafeHandles;

namespace LayerGrad.Runs.Lines;

/// <summary>
/// A file that grows by whole lines. A line that the disk has no room for leaves the file as it was; one that a
/// killed process left half written has no line feed and is cut off when the file is opened again.
/// </summary>
internal sealed class AppendFile : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _handle;
    private long _length;

    /// <summary>Opens or makes the file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="length">How many bytes of it are whole lines; the rest is cut off.</param>
    public AppendFile(string path, long length)
    {
        _path = path;
        _length = length;
        try
        {
            _handle = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            if (RandomAccess.GetLength(_handle) > length)
                RandomAccess.SetLength(_handle, length);
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw new InputException($"{path}: cannot be written: {FileFailure.Reason(error)}", error);
        }
    }

    /// <summary>Writes one line, whole or not at all.</summary>
    /// <exception cref="InputException">The disk has no room, or is gone.</exception>
    public void Append(ReadOnlySpan<byte> line)
    {
        try
        {
            RandomAccess.Write(_handle, line, _length);
            _length += line.Length;
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            CutBack();
            throw Failed(error);
        }
    }

    /// <summary>Makes what was written survive a loss of power.</summary>
    public void Flush()
    {
        try
        {
            RandomAccess.FlushToDisk(_handle);
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw Failed(error);
        }
    }

    public void Dispose() => _handle.Dispose();

    private void CutBack()
    {
        try
        {
            RandomAccess.SetLength(_handle, _length);
        }
        catch (Exception error) when (error is IOException or ArgumentException or NotSupportedException)
        {
            // A torn line stays, and is cut off when the run goes on.
        }
    }

    private InputException Failed(Exception error) => new(
        $"{_path}: {FileFailure.Reason(error)}; the lines so far are whole: mend the disk and give the same command again to go on.", error);
}
