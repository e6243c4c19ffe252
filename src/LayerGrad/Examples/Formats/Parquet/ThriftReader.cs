namespace LayerGrad.Examples.Formats.Parquet;

/// <summary>Thrift's compact protocol, as far as headers of pages and footers need it (thrift-compact-protocol.md).</summary>
/// <param name="stream">Where it is read from; nothing is read ahead.</param>
internal sealed class ThriftReader(Stream stream)
{
    /// <summary>The type of a field that is true; one that is false has the next.</summary>
    public const int True = 1;

    private const int False = 2;
    private const int Byte = 3;
    private const int Int64 = 6;
    private const int Double = 7;
    private const int Binary = 8;
    private const int List = 9;
    private const int Set = 10;
    private const int Map = 11;
    private const int Struct = 12;
    private const int DeepestNesting = 32;
    private const int LongestText = 1 << 20;

    /// <summary>Reads the beginning of a struct's next field.</summary>
    /// <param name="field">The number of the field before it (0 before the first), and its own afterwards.</param>
    /// <param name="type">Its type.</param>
    /// <returns>Whether there is one.</returns>
    public bool ReadField(ref short field, out int type)
    {
        var head = ReadByte();
        type = head & 0xf;
        if (type == 0)
            return false;
        var step = head >> 4;
        field = step == 0 ? (short)ReadInt32() : (short)(field + step);
        return true;
    }

    /// <summary>Reads a whole number of 32 bits.</summary>
    public int ReadInt32() => checked((int)ReadInt64());

    /// <summary>Reads a whole number.</summary>
    public long ReadInt64()
    {
        var number = ReadUnsigned();
        return (long)(number >> 1) ^ -(long)(number & 1);
    }

    /// <summary>Reads a text.</summary>
    public string ReadText()
    {
        var length = ReadUnsigned();
        if (length > LongestText)
            throw new BrokenDataException("a text in the metadata is too long");
        var bytes = new byte[length];
        stream.ReadExactly(bytes);
        return System.Text.Encoding.UTF8.GetString(bytes);
    }

    /// <summary>Reads a list of structures.</summary>
    /// <param name="read">Reads one.</param>
    public List<T> ReadStructs<T>(Func<T> read)
    {
        var head = ReadByte();
        if ((head & 0xf) != Struct)
            throw new BrokenDataException("the metadata has another list than it should");
        var count = head >> 4 == 15 ? ReadUnsigned() : (ulong)(head >> 4);
        var items = new List<T>();
        for (var i = 0UL; i < count; i++)
            items.Add(read());
        return items;
    }

    /// <summary>Passes over a value.</summary>
    /// <param name="type">Its type.</param>
    public void Skip(int type) => Skip(type, 0);

    private void Skip(int type, int depth)
    {
        if (depth > DeepestNesting)
            throw new BrokenDataException("the metadata is nested too deeply");
        switch (type)
        {
            case True or False:
                break;
            case Byte:
                ReadByte();
                break;
            case > Byte and <= Int64:
                ReadUnsigned();
                break;
            case Double:
                SkipBytes(sizeof(double));
                break;
            case Binary:
                SkipBytes((long)ReadUnsigned());
                break;
            case List or Set:
                SkipList(depth);
                break;
            case Map:
                SkipMap(depth);
                break;
            case Struct:
                for (short field = 0; ReadField(ref field, out var inner);)
                    Skip(inner, depth + 1);
                break;
            default:
                throw new BrokenDataException($"the metadata has a field of the unknown type {type}");
        }
    }

    private void SkipList(int depth)
    {
        var head = ReadByte();
        var count = head >> 4 == 15 ? (long)ReadUnsigned() : head >> 4;
        for (var i = 0L; i < count; i++)
            SkipElement(head & 0xf, depth);
    }

    private void SkipMap(int depth)
    {
        var count = (long)ReadUnsigned();
        var types = count > 0 ? ReadByte() : 0;
        for (var i = 0L; i < count; i++)
        {
            SkipElement(types >> 4, depth);
            SkipElement(types & 0xf, depth);
        }
    }

    /// <summary>In lists a truth value has a byte of its own.</summary>
    private void SkipElement(int type, int depth) => Skip(type is True or False ? Byte : type, depth + 1);

    private void SkipBytes(long count)
    {
        for (var i = 0L; i < count; i++)
            ReadByte();
    }

    private ulong ReadUnsigned()
    {
        var number = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = ReadByte();
            number |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80)
                return number;
        }

        throw new BrokenDataException("a number in the metadata is too long");
    }

    private int ReadByte() => stream.ReadByte() is var value && value >= 0 ? value : throw new BrokenDataException("the file ends in its metadata");
}
