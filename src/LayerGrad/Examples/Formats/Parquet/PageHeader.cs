namespace LayerGrad.Examples.Formats.Parquet;

/// <summary>What stands before a page of a column (parquet.thrift, <c>PageHeader</c>). Parquet.Net reads it too, but keeps it to itself.</summary>
internal readonly record struct PageHeader
{
    /// <summary>A page of values.</summary>
    public const int DataPage = 0;

    /// <summary>A page with the values that others number.</summary>
    public const int DictionaryPage = 2;

    /// <summary>A page of values whose levels are not compressed.</summary>
    public const int DataPageV2 = 3;

    /// <summary>The kind of page.</summary>
    public int Kind { get; private init; }

    /// <summary>Bytes when it is unpacked.</summary>
    public int UncompressedBytes { get; private init; }

    /// <summary>Bytes in the file.</summary>
    public int CompressedBytes { get; private init; }

    /// <summary>Values, nulls among them.</summary>
    public int Values { get; private init; }

    /// <summary>How the values are written.</summary>
    public int Encoding { get; private init; }

    /// <summary>How the definition levels are written (first version of pages).</summary>
    public int DefinitionEncoding { get; private init; }

    /// <summary>Bytes of the definition levels (second version).</summary>
    public int DefinitionBytes { get; private init; }

    /// <summary>Bytes of the repetition levels (second version).</summary>
    public int RepetitionBytes { get; private init; }

    /// <summary>Whether the values are compressed (second version).</summary>
    public bool IsCompressed { get; private init; }

    /// <summary>Reads a header.</summary>
    /// <param name="stream">At its beginning, and behind it afterwards.</param>
    /// <exception cref="BrokenDataException">It is broken.</exception>
    public static PageHeader Read(Stream stream)
    {
        var thrift = new ThriftReader(stream);
        var header = new PageHeader { IsCompressed = true };
        for (short field = 0; thrift.ReadField(ref field, out var type);)
        {
            header = field switch
            {
                1 => header with { Kind = thrift.ReadInt32() },
                2 => header with { UncompressedBytes = thrift.ReadInt32() },
                3 => header with { CompressedBytes = thrift.ReadInt32() },
                5 => ReadData(thrift, header),
                7 => ReadDictionary(thrift, header),
                8 => ReadDataV2(thrift, header),
                _ => Skipped(thrift, type, header),
            };
        }

        if (header.UncompressedBytes < 0 || header.CompressedBytes < 0 || header.Values < 0 || header.DefinitionBytes < 0 || header.RepetitionBytes < 0)
            throw new BrokenDataException("a page has a negative size");
        return header;
    }

    private static PageHeader ReadData(ThriftReader thrift, PageHeader header)
    {
        for (short field = 0; thrift.ReadField(ref field, out var type);)
        {
            header = field switch
            {
                1 => header with { Values = thrift.ReadInt32() },
                2 => header with { Encoding = thrift.ReadInt32() },
                3 => header with { DefinitionEncoding = thrift.ReadInt32() },
                _ => Skipped(thrift, type, header),
            };
        }

        return header;
    }

    private static PageHeader ReadDictionary(ThriftReader thrift, PageHeader header)
    {
        for (short field = 0; thrift.ReadField(ref field, out var type);)
            header = field == 1 ? header with { Values = thrift.ReadInt32() } : field == 2 ? header with { Encoding = thrift.ReadInt32() } : Skipped(thrift, type, header);
        return header;
    }

    private static PageHeader ReadDataV2(ThriftReader thrift, PageHeader header)
    {
        for (short field = 0; thrift.ReadField(ref field, out var type);)
        {
            header = field switch
            {
                1 => header with { Values = thrift.ReadInt32() },
                4 => header with { Encoding = thrift.ReadInt32() },
                5 => header with { DefinitionBytes = thrift.ReadInt32() },
                6 => header with { RepetitionBytes = thrift.ReadInt32() },
                7 => header with { IsCompressed = type == ThriftReader.True },
                _ => Skipped(thrift, type, header),
            };
        }

        return header;
    }

    private static PageHeader Skipped(ThriftReader thrift, int type, PageHeader header)
    {
        thrift.Skip(type);
        return header;
    }
}
