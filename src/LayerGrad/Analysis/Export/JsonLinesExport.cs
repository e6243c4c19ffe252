using System.Buffers;
using System.Text.Json;
using LayerGrad.Runs.Lines;

namespace LayerGrad.Analysis.Export;

/// <summary>An object a line, every key in each. JSON has no number that is not finite: those are null, and the status says what they are.</summary>
internal sealed class JsonLinesExport(Stream stream) : IExportWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1 << 16);

    /// <inheritdoc/>
    public void Write(ExportTable table)
    {
        using var json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { SkipValidation = true });
        for (var row = 0; row < table.Rows; row++)
        {
            json.WriteStartObject();
            foreach (var column in table.Columns)
                Write(json, column, row);
            json.WriteEndObject();
            json.Flush();
            json.Reset();
            _buffer.Write("\n"u8);
            if (_buffer.WrittenCount < 1 << 15)
                continue;
            Flush();
        }

        Flush();
    }

    /// <inheritdoc/>
    public void Complete(string metadata)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Flush()
    {
        stream.Write(_buffer.WrittenSpan);
        _buffer.ResetWrittenCount();
    }

    private static void Write(Utf8JsonWriter json, ExportColumn column, int row)
    {
        switch (column)
        {
            case ExportColumn<string?> texts when texts.Values[row] is { } text:
                json.WriteText(column.Name, text);
                break;
            case ExportColumn<int?> integers when integers.Values[row] is { } integer:
                json.WriteNumber(column.Name, integer);
                break;
            case ExportColumn<double?> numbers when numbers.Values[row] is { } number && double.IsFinite(number):
                json.WriteNumber(column.Name, number);
                break;
            default:
                json.WriteNull(column.Name);
                break;
        }
    }
}
