using System.Buffers.Binary;
using System.Text;

namespace LayerGrad.Checkpoints.Gguf;

/// <summary>Reads the header of a GGUF file from front to back; every length is checked against what is left of the file.</summary>
internal sealed class GgufReader(CheckpointFile file)
{
    private readonly byte[] _buffer = new byte[1 << 20];
    private int _start;
    private int _end;
    private long _filled;

    /// <summary>The position of the next byte, in bytes from the start of the file.</summary>
    public long Position => _filled - (_end - _start);

    public byte Byte() => Take(1)[0];

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>A count of things that take at least some bytes each.</summary>
    public int Count(int leastBytesEach, string what)
    {
        var count = UInt64();
        if (count > int.MaxValue || (long)count > (file.Length - Position) / leastBytesEach)
            throw Wrong($"promises {count} {what}, more than the file can hold; it is damaged or cut off");
        return (int)count;
    }

    public string String()
    {
        var length = Count(1, "bytes of text");
        if (length <= _buffer.Length)
            return Encoding.UTF8.GetString(Take(length));
        var bytes = new byte[length];
        var buffered = Math.Min(length, _end - _start);
        Take(buffered).CopyTo(bytes);
        file.Read(_filled, bytes.AsSpan(buffered), "its header");
        _filled += length - buffered;
        return Encoding.UTF8.GetString(bytes);
    }

    /// <summary>A metadata value of a type of <c>enum gguf_metadata_value_type</c>.</summary>
    /// <returns>
    /// Integers as <see cref="long"/> (or <see cref="ulong"/> where they need it), floating-point numbers as
    /// <see cref="double"/>, and <see cref="string"/>, <see cref="bool"/>; lists as <c>string[]</c>, <c>int[]</c>,
    /// <c>long[]</c>, <c>float[]</c>, <c>double[]</c> or <c>bool[]</c>.
    /// </returns>
    public object Value(uint type, string key) => type switch
    {
        0 => (long)Byte(),
        1 => (long)(sbyte)Byte(),
        2 => (long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2)),
        3 => (long)BinaryPrimitives.ReadInt16LittleEndian(Take(2)),
        4 => (long)UInt32(),
        5 => (long)(int)UInt32(),
        6 => Shortest(BinaryPrimitives.ReadSingleLittleEndian(Take(4))),
        7 => Bool(key),
        8 => String(),
        9 => List(key),
        10 => UInt64() is var number && number <= long.MaxValue ? (long)number : (object)number,
        11 => (long)UInt64(),
        12 => BinaryPrimitives.ReadDoubleLittleEndian(Take(8)),
        _ => throw Wrong($"gives '{key}' a value of type {type}, which is unknown"),
    };

    public InputException Wrong(string what) => new($"{file.Path}: {OneLine.Of(what)}");

    private object List(string key)
    {
        var type = UInt32();
        var what = $"elements of '{key}'";
        return type switch
        {
            0 or 1 => Fill<int>(Count(1, what), () => type == 0 ? Byte() : (sbyte)Byte()),
            2 or 3 => Fill<int>(Count(2, what), () => type == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(Take(2)) : BinaryPrimitives.ReadInt16LittleEndian(Take(2))),
            5 => Fill(Count(4, what), () => (int)UInt32()),
            4 => Fill(Count(4, what), () => (long)UInt32()) is var numbers && numbers.All(static number => number <= int.MaxValue)
                ? Array.ConvertAll(numbers, static number => (int)number)
                : numbers,
            6 => Fill(Count(4, what), () => BinaryPrimitives.ReadSingleLittleEndian(Take(4))),
            7 => Fill(Count(1, what), () => Bool(key)),
            8 => Fill(Count(8, what), String),
            10 or 11 => Fill(Count(8, what), () => (long)UInt64()),
            12 => Fill(Count(8, what), () => BinaryPrimitives.ReadDoubleLittleEndian(Take(8))),
            _ => throw Wrong($"gives '{key}' a list of elements of type {type}, which is not supported"),
        };
    }

    private bool Bool(string key) => Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw Wrong($"gives '{key}' a truth value of {other}"),
    };

    /// <summary>
    /// The double that the writer meant: converters narrow a configuration's 1e-6 to a float, and the shortest
    /// decimal that gives that float is 1e-6 again. Widened bits would be 9.99999997e-7.
    /// </summary>
    internal static double Shortest(float value) =>
        double.Parse(value.ToString("R", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture);

    private static T[] Fill<T>(int count, Func<T> next)
    {
        var values = new T[count];
        for (var i = 0; i < count; i++)
            values[i] = next();
        return values;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_end - _start < count)
            Refill(count);
        var bytes = _buffer.AsSpan(_start, count);
        _start += count;
        return bytes;
    }

    private void Refill(int count)
    {
        var left = _end - _start;
        _buffer.AsSpan(_start, left).CopyTo(_buffer);
        var more = (int)Math.Min(_buffer.Length - left, file.Length - _filled);
        if (left + more < count)
            throw Wrong($"ends at byte {file.Length}, within its header; it is cut off");
        file.Read(_filled, _buffer.AsSpan(left, more), "its header");
        _filled += more;
        _start = 0;
        _end = left + more;
    }
}
