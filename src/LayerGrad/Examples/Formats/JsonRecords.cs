using System.Buffers;
using System.Globalization;
using System.Text.Json;
using LayerGrad.Examples.Forms;
using LayerGrad.Json;

namespace LayerGrad.Examples.Formats;

/// <summary>
/// Records of a JSON array, one after another (JSON Lines, or values over several lines), or in an object's array <c>data</c>. One record is in
/// memory at a time, but of an object with <c>data</c> all.
/// </summary>
internal sealed class JsonRecords : RecordStream
{
    private static readonly SearchValues<byte> s_structure = SearchValues.Create("{}[]\""u8);
    private static readonly SearchValues<byte> s_scalarEnds = SearchValues.Create(",]} \t\r\n"u8);
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = ForeignJson.MaxDepth };

    private readonly TextWindow _text;
    private readonly string _name;
    private readonly string _suffix;
    private readonly bool _isArray;
    private bool _isEnded;
    private bool _isLines;
    private IEnumerator<JsonValue>? _wrapped;
    private int _count;

    /// <summary>Records of a text.</summary>
    /// <param name="stream">The text in UTF-8; owned.</param>
    /// <param name="name">What errors call the file.</param>
    /// <param name="suffix">What is said behind the format.</param>
    public JsonRecords(Stream stream, string name, string suffix)
    {
        (_text, _name, _suffix) = (new TextWindow(stream, name), name, suffix);
        _text.SkipPreamble();
        var first = _text.Peek();
        if (first < 0)
            throw new InputException($"{name}: the file is empty; it should hold records with instruction and output.");
        _isArray = first == '[';
        if (_isArray)
            _text.Advance(1);
        else
            _isLines = true;
    }

    public override string Format => (_isLines ? "JSON Lines" : "JSON") + _suffix;

    public override int Skip(int count)
    {
        var skipped = 0;

        // The first value is looked at in any case: it may be an object around all records.
        if (count > 0 && _count == 0 && !_isArray)
            skipped = Read(_name) is null ? 0 : 1;
        while (skipped < count && Skip())
            skipped++;
        return skipped;
    }

    public override JsonValue? Read(string place)
    {
        if (_wrapped is not null)
            return _wrapped.MoveNext() ? new JsonValue(_wrapped.Current.Element, place, "") : End();
        if (!MoveToValue())
            return null;
        var value = Parse(MeasureValue(), place);
        if (_count++ == 0 && !_isArray && Wrapped(value) is { } records)
        {
            if (_text.Peek() >= 0)
                throw new InputException($"{_name}: something follows the object with the array data; a dataset is one object, one array, or one record a line.");
            (_wrapped, _isLines) = (records.Items().GetEnumerator(), false);
            return Read(place);
        }

        return value;
    }

    public override void Dispose()
    {
        _wrapped?.Dispose();
        _text.Dispose();
    }

    /// <summary>The records of <c>{"data": […]}</c>; null for an object that is a record itself.</summary>
    private static JsonValue? Wrapped(JsonValue value) =>
        value.IsObject && value.Find("data") is { IsArray: true } data && !FieldNames.Primary.Any(name => value.FindOrNull(name) is not null) ? data : null;

    private JsonValue? End()
    {
        _isEnded = true;
        return null;
    }

    private bool Skip()
    {
        if (_wrapped is not null)
            return _wrapped.MoveNext();
        if (!MoveToValue())
            return false;
        _text.Advance(MeasureValue());
        _count++;
        return true;
    }

    /// <summary>Moves to the next value.</summary>
    /// <returns>Whether there is one.</returns>
    private bool MoveToValue()
    {
        if (_isEnded)
            return false;
        var next = _text.Peek();
        if (!_isArray)
            return next >= 0 || End() is not null;
        if (next == ']')
        {
            _text.Advance(1);
            if (_text.Peek() >= 0)
                throw new InputException(string.Create(CultureInfo.InvariantCulture, $"{_name}: something follows the array of {_count} records; a dataset is one array, or one record a line."));
            return End() is not null;
        }

        if (_count > 0)
        {
            if (next != ',')
                throw NotJson(next < 0 ? "the array is not closed" : "',' or ']' expected after a record");
            _text.Advance(1);
            next = _text.Peek();
        }

        return next >= 0 ? true : throw NotJson("the array is not closed");
    }

    /// <summary>How many bytes the value has at which the window begins; to the end of the text where it does not end.</summary>
    private int MeasureValue()
    {
        var (at, depth, inString) = (0, 0, false);
        while (true)
        {
            var rest = _text.Bytes[at..];
            var found = inString ? rest.IndexOfAny((byte)'"', (byte)'\\') : depth > 0 || at == 0 && IsStructure(rest) ? rest.IndexOfAny(s_structure) : rest.IndexOfAny(s_scalarEnds);
            if (found < 0 || (inString && rest[found] == (byte)'\\' && found + 1 == rest.Length))
            {
                at += found < 0 ? rest.Length : found;
                if (!_text.Grow())
                    return _text.Bytes.Length;
                continue;
            }

            var mark = rest[found];
            at += found;
            if (inString)
            {
                at += mark == (byte)'"' ? 1 : 2;
                inString = mark != (byte)'"';
                if (!inString && depth == 0)
                    return at;
                continue;
            }

            if (depth == 0 && at > 0)
                return at;
            if (mark == (byte)'"')
                inString = true;
            else if (mark is (byte)'{' or (byte)'[')
                depth++;
            else if (depth > 0)
                depth--;
            at++;
            if (depth == 0 && !inString)
                return at;
        }
    }

    private static bool IsStructure(ReadOnlySpan<byte> value) => !value.IsEmpty && value[0] is (byte)'{' or (byte)'[' or (byte)'"';

    private JsonValue Parse(int length, string place)
    {
        var bytes = _text.Bytes[..length];
        PythonNumbers.Quote(bytes);
        var reader = new Utf8JsonReader(bytes, s_options);
        try
        {
            reader.Read();
            var value = ForeignJson.ParseValue(ref reader, place);
            reader.Read();
            _text.Advance(length);
            return value;
        }
        catch (JsonException error)
        {
            throw ForeignJson.NotJson(bytes, _name, error, _text.Lines, _text.Columns);
        }
    }

    private InputException NotJson(string what) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{_name}:{_text.Lines + 1}:{_text.Columns + 1}: not valid JSON: {what}"));
}
