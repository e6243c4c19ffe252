using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;
using LayerGrad.Examples.Forms;
using LayerGrad.Json;

namespace LayerGrad.Examples.Formats;

/// <summary>Rows of a CSV or TSV file (RFC 4180, in UTF-8) under a row with the names of their columns. Every value is a text.</summary>
internal sealed class TableRecords : RecordStream
{
    /// <summary>The most characters of a value, so that a quotation mark that is never closed, or a little that unpacks to very much, does not fill the memory.</summary>
    private const int LargestValue = 1 << 26;

    private readonly CsvParser _parser;
    private readonly StreamReader _text;
    private readonly string _name;
    private readonly string _suffix;
    private readonly bool _isTabbed;
    private readonly string[] _columns;
    private readonly RecordBuilder _record = new();
    private readonly int[] _wanted;

    /// <summary>Records of a table.</summary>
    /// <param name="stream">The text; owned.</param>
    /// <param name="name">What errors call the file.</param>
    /// <param name="fields">Which fields hold what.</param>
    /// <param name="suffix">What is said behind the format.</param>
    public TableRecords(Stream stream, string name, DatasetFields fields, string suffix)
    {
        (_name, _suffix) = (name, suffix);
        _text = new StreamReader(stream, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true, 1 << 16);
        var header = FirstLine();
        _isTabbed = header.Contains('\t', StringComparison.Ordinal);
        var configuration = new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = _isTabbed ? "\t" : ",",
            DetectDelimiter = false,
            MaxFieldSize = LargestValue,
            BadDataFound = bad => throw new InputException($"{name}: row {bad.Context.Parser?.Row}: a quotation mark stands where none may: a value with quotation marks is put in quotation marks, those in it doubled."),
        };
        _parser = new CsvParser(new JoinedReader(header, _text), configuration);
        _columns = Next() ?? throw new InputException($"{name}: the table has no row with the names of its columns.");
        if (_columns.GroupBy(static column => column, StringComparer.Ordinal).FirstOrDefault(static group => group.Count() > 1) is { } twice)
            throw new InputException($"{name}: two columns are named '{JsonValue.Shortened(twice.Key)}'; rename one.");
        _wanted = [.. FieldNames.Wanted(_columns, fields, name, $"is read as {(_isTabbed ? "TSV" : "CSV")}, and has")];
    }

    public override string Format => (_isTabbed ? "TSV" : "CSV") + _suffix;

    public override int Skip(int count)
    {
        var skipped = 0;
        while (skipped < count && Next() is not null)
            skipped++;
        return skipped;
    }

    public override JsonValue? Read(string place)
    {
        if (Next() is not { } cells)
            return null;
        var writer = _record.Begin();
        foreach (var column in _wanted)
            writer.WriteString(_columns[column], cells[column]);
        return _record.End(place);
    }

    public override void Dispose()
    {
        _record.Dispose();
        _parser.Dispose();
        _text.Dispose();
    }

    private string[]? Next()
    {
        try
        {
            if (!_parser.Read())
                return null;
        }
        catch (DecoderFallbackException error)
        {
            throw new InputException($"{_name}: behind row {_parser.Row}: the text is not UTF-8; save it in UTF-8.", error);
        }
        catch (MaxFieldSizeException error)
        {
            throw new InputException($"{_name}: row {_parser.Row}: a value has more than {LargestValue} characters; is a quotation mark before it not closed?", error);
        }

        var cells = _parser.Record!;
        return _columns is null || cells.Length == _columns.Length
            ? cells
            : throw new InputException($"{_name}: row {_parser.Row} has {cells.Length} values, but there are {_columns.Length} columns; values with a {(_isTabbed ? "tab" : "comma")} in them are put in quotation marks.");
    }

    /// <summary>The text to the end of the first line, which tells the delimiter.</summary>
    private string FirstLine()
    {
        const int Longest = 1 << 20;
        var line = new StringBuilder();
        try
        {
            for (int next; line.Length < Longest && (next = _text.Read()) >= 0;)
            {
                line.Append((char)next);
                if (next == '\n')
                    break;
            }
        }
        catch (DecoderFallbackException error)
        {
            throw new InputException($"{_name}: the text is not UTF-8; save it in UTF-8.", error);
        }

        return line.ToString();
    }

    /// <summary>A text that was read already, then the rest.</summary>
    private sealed class JoinedReader(string first, TextReader rest) : TextReader
    {
        private int _taken;

        public override int Peek() => _taken < first.Length ? first[_taken] : rest.Peek();

        public override int Read() => _taken < first.Length ? first[_taken++] : rest.Read();

        public override int Read(char[] buffer, int index, int count)
        {
            if (_taken == first.Length)
                return rest.Read(buffer, index, count);
            var copied = Math.Min(count, first.Length - _taken);
            first.CopyTo(_taken, buffer, index, copied);
            _taken += copied;
            return copied;
        }
    }
}
