using System.Buffers.Binary;

namespace LayerGrad.Examples.Formats;

/// <summary>An Arrow stream or file on its way to Apache.Arrow's reader, each message of which is checked before the reader has it whole.</summary>
/// <param name="below">The stream; owned.</param>
/// <param name="isFile">Whether messages stand at places that a table of contents names, among other bytes.</param>
internal sealed class ArrowStream(Stream below, bool isFile) : Stream
{
    /// <summary>The bytes of a message's description at most: a schema of a hundred thousand columns has fewer.</summary>
    private const int MostBytes = 64 << 20;

    /// <summary>What stands before a message's length since Arrow 0.15.</summary>
    private const int Continuation = -1;

    private readonly byte[] _length = new byte[sizeof(int)];
    private byte[] _description = [];
    private int _filled;
    private long _body;
    private State _state = State.Prefix;

    private enum State
    {
        Prefix,
        Length,
        Guessed,
        Description,
        Body,
        Other,
    }

    public override bool CanRead => true;

    public override bool CanSeek => below.CanSeek;

    public override bool CanWrite => false;

    public override long Length => below.Length;

    public override long Position
    {
        get => below.Position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        // In a file a length without a continuation before it may as well be that of the table of contents, which is not read next.
        if (_state == State.Guessed)
            _state = buffer.Length == _description.Length ? State.Description : State.Other;
        var isNumber = buffer.Length == _length.Length;
        var count = below.Read(buffer);
        var bytes = (ReadOnlySpan<byte>)buffer[..count];
        while (!bytes.IsEmpty && _state != State.Other)
            bytes = bytes[Take(bytes, isNumber)..];
        return count;
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        (_state, _filled) = (State.Prefix, 0);
        return below.Seek(offset, origin);
    }

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        below.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Takes bytes that are read and goes on with what comes behind them.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="isNumber">Whether the reader asked for a number and nothing else.</param>
    /// <returns>How many were taken.</returns>
    private int Take(ReadOnlySpan<byte> bytes, bool isNumber)
    {
        if (_state == State.Body)
        {
            var passed = (int)Math.Min(_body, bytes.Length);
            _body -= passed;
            if (_body == 0)
                _state = State.Prefix;
            return passed;
        }

        var room = (_state == State.Description ? _description : _length).AsSpan(_filled);
        var taken = Math.Min(room.Length, bytes.Length);
        bytes[..taken].CopyTo(room);
        _filled += taken;
        if (taken == room.Length)
        {
            _filled = 0;
            GoOn(isNumber);
        }

        return taken;
    }

    /// <param name="isNumber">Whether the reader asked for a number and nothing else.</param>
    private void GoOn(bool isNumber)
    {
        if (_state == State.Description)
        {
            _body = ArrowMessage.BodyAfter(_description);
            _state = _body > 0 ? State.Body : State.Prefix;
            return;
        }

        var number = BinaryPrimitives.ReadInt32LittleEndian(_length);
        if (_state == State.Prefix && number == Continuation)
        {
            _state = State.Length;
            return;
        }

        // Nothing follows the end of a stream; and what is no number, in a file, is its table of contents.
        var isGuessed = _state == State.Prefix && isFile;
        if (number <= 0 || (isGuessed && !isNumber))
        {
            _state = State.Other;
            return;
        }

        if (number > MostBytes)
            throw new BrokenDataException($"a message is described in {number} bytes, more than {MostBytes}");
        _description = new byte[number];
        _state = isGuessed ? State.Guessed : State.Description;
    }
}
