using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using LayerGrad.Examples.Forms;
using LayerGrad.Json;

namespace LayerGrad.Examples.Formats;

/// <summary>The rows of an Arrow stream or file, a record batch at a time.</summary>
internal sealed class ArrowRecords : RecordStream
{
    private readonly ArrowStreamReader _reader;
    private readonly string _name;
    private readonly List<int> _wanted;
    private readonly RecordBuilder _record = new();
    private RecordBatch? _batch;
    private int _row;

    private ArrowRecords(ArrowStreamReader reader, string name, DatasetFields fields, string format)
    {
        (_reader, _name, Format) = (reader, name, format);
        try
        {
            var schema = BrokenFile.Guard(name, "Arrow", () => reader.Schema ?? throw new BrokenDataException("it has no schema"));
            _wanted = FieldNames.Wanted([.. schema.FieldsList.Select(static field => field.Name)], fields, name, "has");
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    public override string Format { get; }

    /// <summary>Opens a file with a table of contents at its end (Feather).</summary>
    /// <param name="file">The file, which can seek; owned.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="fields">Which fields hold what.</param>
    /// <param name="suffix">What is said behind the format.</param>
    public static ArrowRecords OpenFile(Stream file, string name, DatasetFields fields, string suffix) =>
        new(BrokenFile.Guard(name, "Arrow", () => new ArrowFileReader(new ArrowStream(file, isFile: true), BoundedArrowMemory.For(file), new CompressionCodecFactory(), leaveOpen: false)), name, fields, "Feather" + suffix);

    /// <summary>Opens a stream.</summary>
    /// <param name="stream">The stream; owned.</param>
    /// <param name="name">What errors call it.</param>
    /// <param name="fields">Which fields hold what.</param>
    /// <param name="suffix">What is said behind the format.</param>
    public static ArrowRecords OpenStream(Stream stream, string name, DatasetFields fields, string suffix) =>
        new(BrokenFile.Guard(name, "Arrow", () => new ArrowStreamReader(new ArrowStream(stream, isFile: false), BoundedArrowMemory.For(stream), new CompressionCodecFactory(), leaveOpen: false)), name, fields, "Arrow stream" + suffix);

    public override int Skip(int count)
    {
        var skipped = 0;
        while (skipped < count && MoveToRow())
        {
            var now = Math.Min(count - skipped, _batch!.Length - _row);
            _row += now;
            skipped += now;
        }

        return skipped;
    }

    public override JsonValue? Read(string place)
    {
        if (!MoveToRow())
            return null;
        return BrokenFile.Guard<JsonValue?>(place, "Arrow", () =>
        {
            var writer = _record.Begin();
            foreach (var column in _wanted)
            {
                writer.WritePropertyName(_batch!.Schema.GetFieldByIndex(column).Name);
                ArrowValues.Write(writer, _batch.Column(column), _row);
            }

            _row++;
            return _record.End(place);
        });
    }

    public override void Dispose()
    {
        _record.Dispose();
        _batch?.Dispose();
        _reader.Dispose();
    }

    private bool MoveToRow()
    {
        while (_batch is null || _row == _batch.Length)
        {
            _batch?.Dispose();
            (_batch, _row) = (BrokenFile.Guard(_name, "Arrow", _reader.ReadNextRecordBatch), 0);
            if (_batch is null)
                return false;
        }

        return true;
    }
}
