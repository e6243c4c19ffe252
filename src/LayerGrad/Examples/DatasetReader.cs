using System.Globalization;
using LayerGrad.Examples.Formats;
using LayerGrad.Examples.Forms;
using LayerGrad.Json;

namespace LayerGrad.Examples;

/// <summary>Reads a dataset record by record, file after file.</summary>
internal sealed class DatasetReader : IDisposable
{
    private readonly DatasetSource _source;
    private readonly DatasetFields _fields;
    private readonly RecordReader _records;
    private readonly List<string> _formats = [];
    private readonly List<string> _forms = [];
    private RecordStream? _open;
    private int _next;

    /// <summary>A reader at the dataset's beginning; nothing is opened yet.</summary>
    public DatasetReader(DatasetSource source, DatasetFields fields)
    {
        (_source, _fields) = (source, fields);
        _records = new RecordReader(fields);
    }

    /// <summary>The position of the next record, from 0.</summary>
    public int Position { get; private set; }

    /// <summary>What was understood so far.</summary>
    public string Description
    {
        get
        {
            var formats = _open is null || _formats.Contains(_open.Format) ? _formats : [.. _formats, _open.Format];
            var files = _next > 1 ? string.Create(CultureInfo.InvariantCulture, $" ({_next} files)") : "";
            return $"{string.Join(" and ", _forms)}, {string.Join(" and ", formats)}{files}";
        }
    }

    /// <summary>Passes over records.</summary>
    /// <param name="count">How many.</param>
    /// <returns>How many there were of them.</returns>
    public int Skip(int count)
    {
        var skipped = 0;
        while (skipped < count && Current() is { } part)
        {
            var now = part.Skip(count - skipped);
            skipped += now;
            Position += now;
            if (skipped < count)
                Close();
        }

        return skipped;
    }

    /// <summary>Reads the next record.</summary>
    /// <returns>Its example; null at the end.</returns>
    public Example? Read()
    {
        while (Current() is { } part)
        {
            if (part.Read(string.Create(CultureInfo.InvariantCulture, $"{_source.Name}: record {Position} (0-based)")) is { } record)
                return Read(record);
            Close();
        }

        return null;
    }

    public void Dispose() => Close();

    private Example Read(JsonValue record)
    {
        var (example, form) = _records.Read(record, Position);
        if (!_forms.Contains(form))
            _forms.Add(form);
        Position++;
        return example;
    }

    private RecordStream? Current()
    {
        if (_open is null && _next < _source.Parts.Count)
            _open = RecordStream.Open(_source.Parts[_next++], _fields);
        return _open;
    }

    private void Close()
    {
        if (_open is { } ended && !_formats.Contains(ended.Format))
            _formats.Add(ended.Format);
        _open?.Dispose();
        _open = null;
    }
}
