namespace LayerGrad.Runs.Lines;

/// <summary>Reads the whole lines of a file one at a time; a last line without its line feed is torn and not among them.</summary>
internal sealed class LineScanner : IDisposable
{
    private readonly FileStream _file;
    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;

    public LineScanner(string path) =>
        _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <summary>The current line without its line feed; valid until the next one is read.</summary>
    public ReadOnlyMemory<byte> Current { get; private set; }

    /// <summary>How many lines have been read.</summary>
    public int LineNumber { get; private set; }

    /// <summary>The position in the file after the current line and its line feed.</summary>
    public long Position { get; private set; }

    /// <summary>Moves to the next whole line.</summary>
    /// <returns>False at the end of the file, or at a torn line.</returns>
    public bool MoveNext()
    {
        var searched = 0;
        while (true)
        {
            var feed = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                var length = searched + feed;
                Current = _buffer.AsMemory(_start, length);
                _start += length + 1;
                Position += length + 1;
                LineNumber++;
                return true;
            }

            searched = _end - _start;
            if (!Fill())
                return false;
        }
    }

    public void Dispose() => _file.Dispose();

    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, checked(_buffer.Length * 2));
        var read = _file.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        return read > 0;
    }
}
