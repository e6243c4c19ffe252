using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using global::Parquet.Meta;
using ParquetType = global::Parquet.Meta.Type;

namespace LayerGrad.Examples.Formats.Parquet;

/// <summary>Values of a page or a dictionary: texts as slices of a buffer, or numbers.</summary>
internal sealed class ColumnValues
{
    private readonly SchemaElement _element;
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly (int Start, int Length)[]? _slices;
    private readonly long[]? _numbers;
    private readonly int[]? _places;
    private readonly ColumnValues? _dictionary;

    private ColumnValues(SchemaElement element, ReadOnlyMemory<byte> bytes, (int Start, int Length)[]? slices, long[]? numbers, int[]? places = null, ColumnValues? dictionary = null) =>
        (_element, _bytes, _slices, _numbers, _places, _dictionary) = (element, bytes, slices, numbers, places, dictionary);

    /// <summary>How many.</summary>
    public int Count => _places?.Length ?? _slices?.Length ?? _numbers!.Length;

    /// <summary>Reads values.</summary>
    /// <param name="element">The column.</param>
    /// <param name="encoding">How they are written.</param>
    /// <param name="bytes">Where they stand; kept.</param>
    /// <param name="count">How many there are.</param>
    /// <param name="dictionary">The column's dictionary; null without one.</param>
    /// <exception cref="BrokenDataException">They are broken.</exception>
    /// <exception cref="UnreadDataException">Their type or encoding is not known.</exception>
    public static ColumnValues Read(SchemaElement element, Encoding encoding, ReadOnlyMemory<byte> bytes, int count, ColumnValues? dictionary)
    {
        if (element.LogicalType?.DECIMAL is not null || element.ConvertedType == ConvertedType.DECIMAL)
            throw new UnreadDataException("columns of decimals are not read");
        var rest = bytes.Span;
        switch (encoding)
        {
            case Encoding.PLAIN when element.Type == ParquetType.BYTE_ARRAY:
                return new ColumnValues(element, bytes, PlainTexts(rest, count), null);
            case Encoding.PLAIN:
                return new ColumnValues(element, bytes, null, PlainNumbers(element, rest, count));
            case Encoding.PLAIN_DICTIONARY or Encoding.RLE_DICTIONARY:
                var places = new int[count];
                if (count > 0)
                    HybridLevels.Read(rest[1..], rest[0], places);
                return Array.TrueForAll(places, place => (uint)place < (uint)(dictionary?.Count ?? 0))
                    ? new ColumnValues(element, bytes, null, null, places, dictionary)
                    : throw new BrokenDataException("a value is not in the column's dictionary");
            case Encoding.DELTA_BINARY_PACKED:
                return new ColumnValues(element, bytes, null, Exactly(DeltaNumbers.Read(rest, count, out _), count));
            case Encoding.DELTA_LENGTH_BYTE_ARRAY:
                var lengths = Exactly(DeltaNumbers.Read(rest, count, out var used), count);
                return new ColumnValues(element, bytes, Consecutive(lengths, used, bytes.Length), null);
            case Encoding.DELTA_BYTE_ARRAY:
                return PrefixedTexts(element, rest, count);
            case Encoding.RLE when element.Type == ParquetType.BOOLEAN:
                var flags = new int[count];
                HybridLevels.Read(rest[sizeof(int)..], 1, flags);
                return new ColumnValues(element, bytes, null, [.. flags.Select(static flag => (long)flag)]);
            case Encoding.BYTE_STREAM_SPLIT:
                return new ColumnValues(element, bytes, null, SplitNumbers(element, rest, count));
            default:
                throw new UnreadDataException($"the encoding {encoding} is not read");
        }
    }

    /// <summary>Writes a value.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="index">Its place.</param>
    public void Write(Utf8JsonWriter writer, int index)
    {
        if (_places is not null)
        {
            _dictionary!.Write(writer, _places[index]);
            return;
        }

        if (_slices is not null)
        {
            var text = _bytes.Span.Slice(_slices[index].Start, _slices[index].Length);
            if (!Utf8.IsValid(text))
                throw new BrokenDataException("a value is bytes that are no text in UTF-8");
            writer.WriteStringValue(text);
            return;
        }

        var number = _numbers![index];
        switch (_element.Type)
        {
            case ParquetType.BOOLEAN:
                writer.WriteBooleanValue(number != 0);
                break;
            case ParquetType.FLOAT:
                RecordBuilder.Write(writer, BitConverter.Int32BitsToSingle((int)number));
                break;
            case ParquetType.DOUBLE:
                RecordBuilder.Write(writer, BitConverter.Int64BitsToDouble(number));
                break;
            default:
                writer.WriteNumberValue(number);
                break;
        }
    }

    private static (int Start, int Length)[] PlainTexts(ReadOnlySpan<byte> bytes, int count)
    {
        var start = 0;
        var slices = new (int, int)[count];
        for (var i = 0; i < count; i++)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(bytes[start..]);
            start += sizeof(int);
            if (length < 0 || length > bytes.Length - start)
                throw new BrokenDataException("a text reaches beyond its page");
            slices[i] = (start, length);
            start += length;
        }

        return slices;
    }

    private static (int Start, int Length)[] Consecutive(long[] lengths, int start, int end)
    {
        var slices = new (int, int)[lengths.Length];
        for (var i = 0; i < lengths.Length; i++)
        {
            if (lengths[i] < 0 || lengths[i] > end - start)
                throw new BrokenDataException("a text reaches beyond its page");
            slices[i] = (start, (int)lengths[i]);
            start += (int)lengths[i];
        }

        return slices;
    }

    /// <summary>Texts of which each begins with some bytes of the one before (DELTA_BYTE_ARRAY = 7).</summary>
    private static ColumnValues PrefixedTexts(SchemaElement element, ReadOnlySpan<byte> bytes, int count)
    {
        var prefixes = Exactly(DeltaNumbers.Read(bytes, count, out var start), count);
        var lengths = Exactly(DeltaNumbers.Read(bytes[start..], count, out var used), count);
        var suffixes = Consecutive(lengths, start + used, bytes.Length);
        var texts = new byte[checked((int)(prefixes.Sum() + lengths.Sum()))];
        var slices = new (int Start, int Length)[count];
        var at = 0;
        for (var i = 0; i < count; i++)
        {
            var before = i > 0 ? slices[i - 1] : default;
            if (prefixes[i] < 0 || prefixes[i] > before.Length)
                throw new BrokenDataException("a text begins with more of the one before than that has");
            texts.AsSpan(before.Start, (int)prefixes[i]).CopyTo(texts.AsSpan(at));
            bytes.Slice(suffixes[i].Start, suffixes[i].Length).CopyTo(texts.AsSpan(at + (int)prefixes[i]));
            slices[i] = (at, (int)prefixes[i] + suffixes[i].Length);
            at += slices[i].Length;
        }

        return new ColumnValues(element, texts, slices, null);
    }

    private static long[] PlainNumbers(SchemaElement element, ReadOnlySpan<byte> bytes, int count)
    {
        var numbers = new long[count];
        for (var i = 0; i < count; i++)
        {
            numbers[i] = element.Type switch
            {
                ParquetType.BOOLEAN => (bytes[i / 8] >> (i % 8)) & 1,
                ParquetType.INT32 or ParquetType.FLOAT => BinaryPrimitives.ReadInt32LittleEndian(bytes[(4 * i)..]),
                ParquetType.INT64 or ParquetType.DOUBLE => BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * i)..]),
                _ => throw new UnreadDataException($"columns of the type {element.Type} are not read"),
            };
        }

        return numbers;
    }

    /// <summary>Numbers whose first bytes come first, then the second ones, … (BYTE_STREAM_SPLIT = 9).</summary>
    private static long[] SplitNumbers(SchemaElement element, ReadOnlySpan<byte> bytes, int count)
    {
        var width = element.Type switch
        {
            ParquetType.INT32 or ParquetType.FLOAT => 4,
            ParquetType.INT64 or ParquetType.DOUBLE => 8,
            _ => throw new UnreadDataException($"columns of the type {element.Type} are not read"),
        };
        var joined = new byte[width * count];
        for (var i = 0; i < joined.Length; i++)
            joined[i] = bytes[i % width * count + i / width];
        return PlainNumbers(element, joined, count);
    }

    private static long[] Exactly(long[] numbers, int count) => numbers.Length == count ? numbers : throw new BrokenDataException($"a page holds {numbers.Length} values and not {count}");
}
