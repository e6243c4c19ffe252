using LayerGrad.Compute.Native;
using Microsoft.Win32.SafeHandles;

namespace LayerGrad.Checkpoints;

/// <summary>An open file of a checkpoint, read at positions; whatever goes wrong is told in one line that names the file.</summary>
internal sealed class CheckpointFile : IDisposable
{
    private readonly SafeFileHandle _handle;
    private readonly HeldRanges _held = new();

    private CheckpointFile(string path, SafeFileHandle handle, long length)
    {
        Path = path;
        _handle = handle;
        Length = length;
    }

    /// <summary>The file's path, as it was given.</summary>
    public string Path { get; }

    /// <summary>Its size when it was opened, in bytes.</summary>
    public long Length { get; }

    /// <summary>Opens a file for reading.</summary>
    public static CheckpointFile Open(string path)
    {
        try
        {
            var handle = File.OpenHandle(InputFile.Require(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return new CheckpointFile(path, handle, RandomAccess.GetLength(handle));
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: no such file", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new InputException($"{path}: cannot be read: no permission, or it is a folder", error);
        }
        catch (IOException error)
        {
            throw new InputException($"{path}: cannot be opened: {Sentence(error)}", error);
        }
    }

    /// <summary>Fills the buffer with the bytes from a position on.</summary>
    /// <param name="offset">The position of the first byte.</param>
    /// <param name="buffer">Takes the bytes.</param>
    /// <param name="what">What is being read, for the error message.</param>
    /// <exception cref="InputException">The file ends before, or its disk fails.</exception>
    public void Read(long offset, Span<byte> buffer, string what)
    {
        if (!_held.TryRead(offset, buffer))
            ReadFromDisk(offset, buffer, what);
    }

    /// <summary>Reads a part of the file into memory, from where it is read from now on.</summary>
    /// <param name="offset">The position of the first byte.</param>
    /// <param name="length">How many bytes.</param>
    /// <param name="what">What is being read, for the error message.</param>
    /// <exception cref="InputException">The file ends before, or its disk fails.</exception>
    public void Hold(long offset, long length, string what) => _held.Add(offset, length, (start, buffer) => ReadFromDisk(start, buffer, what));

    private void ReadFromDisk(long offset, Span<byte> buffer, string what)
    {
        try
        {
            while (!buffer.IsEmpty)
            {
                var count = RandomAccess.Read(_handle, buffer, offset);
                if (count == 0)
                    throw new InputException($"{Path}: ends at byte {offset} in the middle of {what}: it is truncated or was changed while it was in use; get it again");
                offset += count;
                buffer = buffer[count..];
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{Path}: reading {what} failed at byte {offset}: {Sentence(error)}; check the disk it is on", error);
        }
    }

    /// <summary>Starts reading a range ahead, where it is not in memory; see <see cref="FileAdvice.ReadAhead"/>.</summary>
    public void ReadAhead(long offset, long length)
    {
        if (!_held.Holds(offset, length))
            FileAdvice.ReadAhead(_handle, offset, length);
    }

    /// <summary>Adds a range of the file to a hash.</summary>
    public void AppendTo(Sha256 hash, long offset, long length)
    {
        var buffer = new byte[(int)Math.Min(length, 1 << 20)];
        while (length > 0)
        {
            var part = buffer.AsSpan(0, (int)Math.Min(length, buffer.Length));
            Read(offset, part, "its contents");
            hash.Append(part);
            offset += part.Length;
            length -= part.Length;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _handle.Dispose();

    private static string Sentence(Exception error) => OneLine.Of(error.Message).TrimEnd('.', ' ');
}
