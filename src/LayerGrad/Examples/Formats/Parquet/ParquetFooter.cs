using System.Buffers.Binary;
using global::Parquet.Meta;
using ParquetType = global::Parquet.Meta.Type;

namespace LayerGrad.Examples.Formats.Parquet;

/// <summary>
/// Reads what stands at the end of a Parquet file into the structures that Parquet.Net has for it. Parquet.Net's own reader takes the end of a broken
/// footer for an endless number, and never returns.
/// </summary>
internal static class ParquetFooter
{
    private const int TailBytes = 8;

    /// <summary>Reads the schema and where the columns stand.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="BrokenDataException">The footer is broken.</exception>
    public static FileMetaData Read(Stream file)
    {
        var tail = new byte[TailBytes];
        if (file.Length < TailBytes + sizeof(int))
            throw new BrokenDataException("the file is too short");
        file.Seek(-TailBytes, SeekOrigin.End);
        file.ReadExactly(tail);
        var length = BinaryPrimitives.ReadInt32LittleEndian(tail);
        if (!tail.AsSpan(sizeof(int)).SequenceEqual("PAR1"u8))
            throw new BrokenDataException("the file does not end as it should; it may be cut off");
        if (length < 1 || length > file.Length - TailBytes)
            throw new BrokenDataException("the footer is longer than the file");
        var bytes = new byte[length];
        file.Seek(-TailBytes - length, SeekOrigin.End);
        file.ReadExactly(bytes);
        using var footer = new MemoryStream(bytes);
        return ReadMetadata(new ThriftReader(footer));
    }

    private static FileMetaData ReadMetadata(ThriftReader thrift)
    {
        var metadata = new FileMetaData();
        for (short field = 0; thrift.ReadField(ref field, out var type);)
        {
            if (field == 2)
                metadata.Schema = thrift.ReadStructs(() => ReadElement(thrift));
            else if (field == 4)
                metadata.RowGroups = thrift.ReadStructs(() => ReadGroup(thrift));
            else
                thrift.Skip(type);
        }

        return metadata.RowGroups.Exists(static group => group.NumRows is < 0 or > int.MaxValue)
            ? throw new BrokenDataException("a row group has a number of rows that none has")
            : metadata;
    }

    private static SchemaElement ReadElement(ThriftReader thrift)
    {
        var element = new SchemaElement();
        for (short field = 0; thrift.ReadField(ref field, out var type);)
        {
            switch (field)
            {
                case 1:
                    element.Type = (ParquetType)thrift.ReadInt32();
                    break;
                case 3:
                    element.RepetitionType = (FieldRepetitionType)thrift.ReadInt32();
                    break;
                case 4:
                    element.Name = thrift.ReadText();
                    break;
                case 5:
                    element.NumChildren = thrift.ReadInt32();
                    break;
                case 6:
                    element.ConvertedType = (ConvertedType)thrift.ReadInt32();
                    break;
                case 10:
                    element.LogicalType = ReadLogicalType(thrift);
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        return element;
    }

    /// <summary>Of the logical types only a list changes how values are put together, and a decimal what its numbers mean.</summary>
    private static LogicalType ReadLogicalType(ThriftReader thrift)
    {
        var logical = new LogicalType();
        for (short field = 0; thrift.ReadField(ref field, out var type);)
        {
            if (field == 3)
                logical.LIST = new ListType();
            else if (field == 5)
                logical.DECIMAL = new DecimalType();
            thrift.Skip(type);
        }

        return logical;
    }

    private static RowGroup ReadGroup(ThriftReader thrift)
    {
        var group = new RowGroup();
        for (short field = 0; thrift.ReadField(ref field, out var type);)
        {
            if (field == 1)
                group.Columns = thrift.ReadStructs(() => ReadChunk(thrift));
            else if (field == 3)
                group.NumRows = thrift.ReadInt64();
            else
                thrift.Skip(type);
        }

        return group;
    }

    private static ColumnChunk ReadChunk(ThriftReader thrift)
    {
        var chunk = new ColumnChunk();
        for (short field = 0; thrift.ReadField(ref field, out var type);)
        {
            if (field == 1)
                chunk.FilePath = thrift.ReadText();
            else if (field == 3)
                chunk.MetaData = ReadColumn(thrift);
            else
                thrift.Skip(type);
        }

        return chunk;
    }

    private static ColumnMetaData ReadColumn(ThriftReader thrift)
    {
        var column = new ColumnMetaData();
        for (short field = 0; thrift.ReadField(ref field, out var type);)
        {
            switch (field)
            {
                case 1:
                    column.Type = (ParquetType)thrift.ReadInt32();
                    break;
                case 4:
                    column.Codec = (CompressionCodec)thrift.ReadInt32();
                    break;
                case 5:
                    column.NumValues = thrift.ReadInt64();
                    break;
                case 6:
                    column.TotalUncompressedSize = thrift.ReadInt64();
                    break;
                case 9:
                    column.DataPageOffset = thrift.ReadInt64();
                    break;
                case 11:
                    column.DictionaryPageOffset = thrift.ReadInt64();
                    break;
                default:
                    thrift.Skip(type);
                    break;
            }
        }

        return column;
    }
}
