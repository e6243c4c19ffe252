using System.Buffers.Binary;
using System.Text.Json;
using global::Parquet.Meta;

namespace LayerGrad.Examples.Formats.Parquet;

/// <summary>
/// The values of one column in a row group, read a page at a time: Parquet.Net holds the whole column of a row group, which may be gigabytes, and
/// refuses nested columns in pages of the second version.
/// </summary>
internal sealed class ParquetColumn
{
    private const int LargestPage = 1 << 28;
    private const int MostValues = 1 << 26;

    private readonly Stream _file;
    private readonly ParquetNode _node;
    private readonly ColumnMetaData _chunk;
    private long _offset;
    private long _left;
    private ColumnValues? _dictionary;
    private ColumnValues? _values;
    private byte[] _packed = [];
    private byte[] _plain = [];
    private int[] _definitions = [];
    private int[] _repetitions = [];
    private int _count;
    private int _entry;
    private int _value;

    /// <summary>A column at its beginning.</summary>
    /// <param name="file">The file.</param>
    /// <param name="node">The column in the schema.</param>
    /// <param name="chunk">Where it stands.</param>
    /// <exception cref="BrokenDataException">It is another column than the schema says.</exception>
    public ParquetColumn(Stream file, ParquetNode node, ColumnMetaData chunk)
    {
        if (chunk.Type != node.Element.Type)
            throw new BrokenDataException($"the column {node.Name} has another type than the schema says");
        (_file, _node, _chunk, _left) = (file, node, chunk, chunk.NumValues);
        _offset = chunk.DictionaryPageOffset is > 0 and var dictionary && dictionary < chunk.DataPageOffset ? dictionary : chunk.DataPageOffset;
    }

    /// <summary>Whether all values were read.</summary>
    public bool IsAtEnd => _entry == _count && !NextPage();

    /// <summary>The definition level of the next entry.</summary>
    public int Definition => IsAtEnd ? throw new BrokenDataException("a column ends before its rows do") : _node.DefinitionLevel == 0 ? 0 : _definitions[_entry];

    /// <summary>The repetition level of the next entry; -1 at the end.</summary>
    public int Repetition => IsAtEnd ? -1 : _node.RepetitionLevel == 0 ? 0 : _repetitions[_entry];

    /// <summary>Passes over the next entry.</summary>
    public void Skip()
    {
        if (Definition == _node.DefinitionLevel)
            _value++;
        _entry++;
    }

    /// <summary>Writes the value of the next entry, which has one.</summary>
    public void Write(Utf8JsonWriter writer)
    {
        _values!.Write(writer, _value++);
        _entry++;
    }

    private bool NextPage()
    {
        while (_left > 0)
        {
            _file.Seek(_offset, SeekOrigin.Begin);
            var header = PageHeader.Read(_file);
            _offset = _file.Position + header.CompressedBytes;
            if (header.CompressedBytes > _file.Length - _file.Position)
                throw new BrokenDataException("a page reaches beyond the end of the file");
            if (header.UncompressedBytes > LargestPage || header.Values > MostValues)
                throw new BrokenDataException("a page is larger than any that is written");
            if (header.Kind is not (PageHeader.DataPage or PageHeader.DataPageV2 or PageHeader.DictionaryPage))
                continue;
            var packed = Part(ref _packed, header.CompressedBytes);
            _file.ReadExactly(packed.Span);
            if (header.Kind == PageHeader.DictionaryPage)
            {
                if (header.Values > header.UncompressedBytes)
                    throw new BrokenDataException("a dictionary has more values than bytes");
                var values = new byte[header.UncompressedBytes];
                PagePacking.Unpack(_chunk.Codec, packed.Span, values);
                _dictionary = ColumnValues.Read(_node.Element, Encoding.PLAIN, values, header.Values, null);
                continue;
            }

            if (header.Values > _left)
                throw new BrokenDataException("a column has more values than it should");
            if (header.Kind == PageHeader.DataPage)
                ReadPage(header, packed);
            else
                ReadPageV2(header, packed);
            (_count, _entry, _value) = (header.Values, 0, 0);
            _left -= header.Values;
            if (_count > 0)
                return true;
        }

        return false;
    }

    private void ReadPage(PageHeader header, ReadOnlyMemory<byte> packed)
    {
        var bytes = Unpacked(packed, header.UncompressedBytes);
        var at = 0;
        _repetitions = Levels(_node.RepetitionLevel);
        if (_node.DefinitionLevel > 0 && header.DefinitionEncoding != (int)Encoding.RLE)
            throw new UnreadDataException($"levels in the encoding {(Encoding)header.DefinitionEncoding} are not read");
        _definitions = Levels(_node.DefinitionLevel);
        ReadValues(header, bytes[at..]);

        int[] Levels(int largest)
        {
            if (largest == 0)
                return [];
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes.Span[at..]);
            var levels = new int[header.Values];
            HybridLevels.Read(bytes.Span.Slice(at + sizeof(int), length), HybridLevels.Width(largest), levels);
            at += sizeof(int) + length;
            return levels;
        }
    }

    private void ReadPageV2(PageHeader header, ReadOnlyMemory<byte> packed)
    {
        var levels = checked(header.RepetitionBytes + header.DefinitionBytes);
        _repetitions = Levels(packed.Span[..header.RepetitionBytes], _node.RepetitionLevel);
        _definitions = Levels(packed.Span.Slice(header.RepetitionBytes, header.DefinitionBytes), _node.DefinitionLevel);
        var values = packed[levels..];
        ReadValues(header, header.IsCompressed && !values.IsEmpty ? Unpacked(values, header.UncompressedBytes - levels) : values);

        int[] Levels(ReadOnlySpan<byte> bytes, int largest)
        {
            if (largest == 0)
                return [];
            var numbers = new int[header.Values];
            HybridLevels.Read(bytes, HybridLevels.Width(largest), numbers);
            return numbers;
        }
    }

    private void ReadValues(PageHeader header, ReadOnlyMemory<byte> bytes)
    {
        var count = _node.DefinitionLevel == 0 ? header.Values : _definitions.AsSpan().Count(_node.DefinitionLevel);
        _values = ColumnValues.Read(_node.Element, (Encoding)header.Encoding, bytes, count, _dictionary);
    }

    private ReadOnlyMemory<byte> Unpacked(ReadOnlyMemory<byte> packed, int length)
    {
        if (_chunk.Codec == CompressionCodec.UNCOMPRESSED)
            return packed;
        var plain = Part(ref _plain, length);
        PagePacking.Unpack(_chunk.Codec, packed.Span, plain.Span);
        return plain;
    }

    /// <summary>The beginning of a buffer that serves page after page; some writers make pages of a hundred megabytes.</summary>
    private static Memory<byte> Part(ref byte[] buffer, int length)
    {
        if (buffer.Length < length)
            buffer = new byte[length];
        return buffer.AsMemory(0, length);
    }
}
