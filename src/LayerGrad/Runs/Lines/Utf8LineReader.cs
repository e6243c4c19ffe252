using System.Buffers;

namespace LayerGrad.Runs.Lines;

/// <summary>Reads a file line by line as bytes, holding one line in memory however long the file is.</summary>
internal sealed class Utf8LineReader : IDisposable
{
    private const int FirstBuffer = 1 << 18;

    /// <summary>A line with all singular values of a large model has a tenth of it.</summary>
    private const int LongestLine = 512_000_000;

    private readonly FileStream _stream;
    private readonly bool _wholeLines;
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
    private int _start;
    private int _end;
    private bool _atEnd;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="wholeLines">
    /// Whether lines are taken as the bytes between line feeds, and a last line without its line feed is torn and not among them; else it is
    /// one, and a byte order mark and carriage returns are left out.
    /// </param>
    /// <exception cref="InputException">There is no such file, or it cannot be read.</exception>
    public Utf8LineReader(string path, bool wholeLines = false)
    {
        _wholeLines = wholeLines;
        if (Directory.Exists(path))
            throw new InputException($"{path}: is a folder, not a run file; name the .jsonl file in it.");
        try
        {
            _stream = new FileStream(InputFile.Require(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InputException($"{path}: no such file; a run file is what 'layergrad measure --out' writes.", error);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new InputException($"{path}: cannot be read (permission denied).", error);
        }
    }

    /// <summary>The number of the line read last, from 1.</summary>
    public int Line { get; private set; }

    /// <summary>Whether the line read last ends with a line feed; one that does not is the file's last.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>The position in the file after the line read last and its line feed.</summary>
    public long Position { get; private set; }

    /// <summary>The line read last; lives until the next call.</summary>
    public ReadOnlyMemory<byte> Current { get; private set; }

    /// <summary>Reads the next line.</summary>
    /// <param name="line">The line without its end; it may be changed in place and lives until the next call.</param>
    /// <returns>Whether there was one.</returns>
    public bool TryRead(out Span<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var pending = _buffer.AsSpan(_start, _end - _start);
            var newline = pending[searched..].IndexOf((byte)'\n');
            if (newline >= 0)
            {
                line = Take(searched + newline, withLineFeed: true);
                return true;
            }

            searched = pending.Length;
            if (_atEnd)
            {
                line = searched > 0 && !_wholeLines ? Take(searched, withLineFeed: false) : default;
                return searched > 0 && !_wholeLines;
            }

            Fill();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        else if (_end == _buffer.Length)
        {
            if (_buffer.Length > LongestLine)
                throw new InputException($"{_stream.Name}:{Line + 1}: the line has more than {LongestLine} bytes, which no example's line has");
            var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
            _buffer.AsSpan(0, _end).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        var read = _stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _atEnd = read == 0;
    }

    private Span<byte> Take(int length, bool withLineFeed)
    {
        var (start, end) = (_start, _start + length);
        _start = end + (withLineFeed ? 1 : 0);
        Position += _start - start;
        IsEnded = withLineFeed;
        if (!_wholeLines && Line == 0 && _buffer.AsSpan(start, length).StartsWith("\uFEFF"u8))
            start += 3;
        if (!_wholeLines && end > start && _buffer[end - 1] == (byte)'\r')
            end--;
        Line++;
        Current = _buffer.AsMemory(start, end - start);
        return _buffer.AsSpan(start, end - start);
    }
}
