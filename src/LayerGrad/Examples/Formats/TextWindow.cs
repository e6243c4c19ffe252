using System.Text;

namespace LayerGrad.Examples.Formats;

/// <summary>A window on the bytes of a text that grows as far as it must and knows at which line and column it begins.</summary>
internal sealed class TextWindow(Stream stream, string name) : IDisposable
{
    /// <summary>The largest window: no record is larger. Parsed, a record takes some five times its size, which is to stay below 1 GiB.</summary>
    private const int LargestBytes = 1 << 27;

    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;
    private bool _ended;

    /// <summary>Line feeds before the window.</summary>
    public int Lines { get; private set; }

    /// <summary>Characters before the window in its first line.</summary>
    public int Columns { get; private set; }

    /// <summary>The bytes in the window; they may be changed in place.</summary>
    public Span<byte> Bytes => _buffer.AsSpan(_start, _end - _start);

    /// <summary>Takes more bytes into the window.</summary>
    /// <returns>Whether there were any.</returns>
    /// <exception cref="InputException">The window would become too large.</exception>
    public bool Grow()
    {
        if (_ended)
            return false;
        if (_end == _buffer.Length)
        {
            if (_start > 0)
                Bytes.CopyTo(_buffer);
            else if (_buffer.Length < LargestBytes)
                Array.Resize(ref _buffer, _buffer.Length * 2);
            else
                throw new InputException($"{name}:{Lines + 1}: a record has more than {LargestBytes} bytes; write one record a line (JSON Lines).");
            (_start, _end) = (0, _end - _start);
        }

        var count = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += count;
        _ended = count == 0;
        return !_ended;
    }

    /// <summary>Moves the beginning of the window on.</summary>
    /// <param name="count">By how many bytes.</param>
    public void Advance(int count)
    {
        var passed = Bytes[..count];
        var last = passed.LastIndexOf((byte)'\n');
        if (last >= 0)
        {
            Lines += passed.Count((byte)'\n');
            Columns = 0;
        }

        foreach (var value in passed[(last + 1)..])
        {
            if ((value & 0xc0) != 0x80)
                Columns++;
        }

        _start += count;
    }

    /// <summary>Passes over a byte order mark.</summary>
    public void SkipPreamble()
    {
        while (Bytes.Length < Encoding.UTF8.Preamble.Length && Grow())
        {
        }

        if (Bytes.StartsWith(Encoding.UTF8.Preamble))
            _start += Encoding.UTF8.Preamble.Length;
    }

    /// <summary>Passes over white space.</summary>
    /// <returns>The byte behind it; -1 at the end of the text.</returns>
    public int Peek()
    {
        while (true)
        {
            var blank = Bytes.IndexOfAnyExcept(" \t\r\n"u8);
            if (blank >= 0)
            {
                Advance(blank);
                return Bytes[0];
            }

            Advance(Bytes.Length);
            if (!Grow())
                return -1;
        }
    }

    public void Dispose() => stream.Dispose();
}
