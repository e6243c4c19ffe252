using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using LayerGrad.Json;

namespace LayerGrad.Examples.Formats;

/// <summary>Makes a JSON object of the values of a row, so that all formats are read in one way from there.</summary>
internal sealed class RecordBuilder : IDisposable
{
    private readonly ArrayBufferWriter<byte> _bytes = new();
    private readonly Utf8JsonWriter _writer;

    public RecordBuilder() => _writer = new Utf8JsonWriter(_bytes, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true, MaxDepth = ForeignJson.MaxDepth });

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();

    /// <summary>Begins an object.</summary>
    public Utf8JsonWriter Begin()
    {
        _bytes.ResetWrittenCount();
        _writer.Reset(_bytes);
        _writer.WriteStartObject();
        return _writer;
    }

    /// <summary>Ends it.</summary>
    /// <param name="place">What errors call the record.</param>
    public JsonValue End(string place)
    {
        _writer.WriteEndObject();
        _writer.Flush();
        var reader = new Utf8JsonReader(_bytes.WrittenSpan, new JsonReaderOptions { MaxDepth = ForeignJson.MaxDepth });
        reader.Read();
        return ForeignJson.ParseValue(ref reader, place);
    }

    /// <summary>Writes a number; what JSON has no number for is null, as no field that means something is a number like that.</summary>
    public static void Write(Utf8JsonWriter writer, double value)
    {
        if (double.IsFinite(value))
            writer.WriteNumberValue(value);
        else
            writer.WriteNullValue();
    }
}
