using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Types;

namespace LayerGrad.Examples.Formats;

/// <summary>Writes values of Arrow's arrays as JSON.</summary>
internal static class ArrowValues
{
    /// <summary>Writes a value.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="array">The array.</param>
    /// <param name="index">Its place.</param>
    /// <exception cref="UnreadDataException">Its type is none that a record has.</exception>
    public static void Write(Utf8JsonWriter writer, IArrowArray array, int index)
    {
        if (array.IsNull(index))
        {
            writer.WriteNullValue();
            return;
        }

        switch (array)
        {
            case StringArray texts:
                WriteText(writer, texts.GetBytes(index));
                break;
            case LargeStringArray texts:
                WriteText(writer, texts.GetBytes(index));
                break;
            case StringViewArray texts:
                WriteText(writer, texts.GetBytes(index));
                break;
            case BinaryArray texts:
                WriteText(writer, texts.GetBytes(index));
                break;
            case DictionaryArray dictionary:
                Write(writer, dictionary.Dictionary, Place(dictionary.Indices, index));
                break;
            case MapArray or FixedSizeListArray:
                throw new UnreadDataException($"columns of the type {array.Data.DataType.Name} are not read");
            case ListArray list:
                WriteItems(writer, list.Values, list.ValueOffsets[index], list.ValueOffsets[index + 1]);
                break;
            case LargeListArray list:
                WriteItems(writer, list.Values, checked((int)list.ValueOffsets[index]), checked((int)list.ValueOffsets[index + 1]));
                break;
            case StructArray record:
                WriteFields(writer, record, index);
                break;
            case BooleanArray flags:
                writer.WriteBooleanValue(flags.GetValue(index)!.Value);
                break;
            case FloatArray numbers:
                RecordBuilder.Write(writer, numbers.GetValue(index)!.Value);
                break;
            case DoubleArray numbers:
                RecordBuilder.Write(writer, numbers.GetValue(index)!.Value);
                break;
            default:
                writer.WriteNumberValue(Whole(array, index) ?? throw new UnreadDataException($"columns of the type {array.Data.DataType.Name} are not read"));
                break;
        }
    }

    private static void WriteText(Utf8JsonWriter writer, ReadOnlySpan<byte> text)
    {
        if (!System.Text.Unicode.Utf8.IsValid(text))
            throw new BrokenDataException("a value is bytes that are no text in UTF-8");
        writer.WriteStringValue(text);
    }

    private static void WriteItems(Utf8JsonWriter writer, IArrowArray values, int start, int end)
    {
        writer.WriteStartArray();
        for (var i = start; i < end; i++)
            Write(writer, values, i);
        writer.WriteEndArray();
    }

    private static void WriteFields(Utf8JsonWriter writer, StructArray record, int index)
    {
        var fields = ((StructType)record.Data.DataType).Fields;
        writer.WriteStartObject();
        for (var i = 0; i < fields.Count; i++)
        {
            writer.WritePropertyName(fields[i].Name);
            Write(writer, record.Fields[i], index);
        }

        writer.WriteEndObject();
    }

    private static int Place(IArrowArray indices, int index) => checked((int)(Whole(indices, index) ?? throw new BrokenDataException("a dictionary is numbered by what are no whole numbers")));

    private static long? Whole(IArrowArray array, int index) => array switch
    {
        Int8Array numbers => numbers.GetValue(index),
        Int16Array numbers => numbers.GetValue(index),
        Int32Array numbers => numbers.GetValue(index),
        Int64Array numbers => numbers.GetValue(index),
        UInt8Array numbers => numbers.GetValue(index),
        UInt16Array numbers => numbers.GetValue(index),
        UInt32Array numbers => numbers.GetValue(index),
        UInt64Array numbers => checked((long?)numbers.GetValue(index)),
        _ => null,
    };
}
