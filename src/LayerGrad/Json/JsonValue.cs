using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LayerGrad.Json;

/// <summary>
/// A value of foreign JSON that knows where it stands: whatever is wrong with it is told with the file and the keys that lead to it
/// (<c>config.json: rope_parameters.full_attention.factor must be a number, but is "8"</c>). This is the one way to read JSON that
/// LayerGrad did not just write itself.
/// </summary>
internal readonly struct JsonValue
{
    private const int LongestShown = 60;

    private readonly JsonElement _element;

    // The path is put together only when it is asked for: large files have hundreds of thousands of values that nobody complains about.
    private readonly string _parent;
    private readonly string? _lastKey;
    private readonly int _lastPosition;

    /// <summary>A value at its place.</summary>
    /// <param name="element">The value.</param>
    /// <param name="file">The file, for errors.</param>
    /// <param name="path">The keys that lead to it; empty at the top level.</param>
    public JsonValue(JsonElement element, string file, string path)
        : this(element, file, path, lastKey: null, lastPosition: -1)
    {
    }

    private JsonValue(JsonElement element, string file, string parent, string? lastKey, int lastPosition)
    {
        _element = element;
        _parent = parent;
        _lastKey = lastKey;
        _lastPosition = lastPosition;
        File = file;
    }

    /// <summary>The file it stands in.</summary>
    public string File { get; }

    /// <summary>The keys and positions that lead to it (<c>model.vocab</c>, <c>added_tokens[3].content</c>); empty at the top level.</summary>
    public string Path => _lastKey is not null ? Join(_parent, _lastKey)
        : _lastPosition >= 0 ? string.Create(CultureInfo.InvariantCulture, $"{_parent}[{_lastPosition}]")
        : _parent;

    /// <summary>What it is; Python's <c>NaN</c> and infinities are numbers.</summary>
    public JsonValueKind Kind => PythonNumbers.Value(_element) is null ? _element.ValueKind : JsonValueKind.Number;

    /// <summary>Whether it is null.</summary>
    public bool IsNull => _element.ValueKind == JsonValueKind.Null;

    /// <summary>Whether it is an object.</summary>
    public bool IsObject => _element.ValueKind == JsonValueKind.Object;

    /// <summary>Whether it is an array.</summary>
    public bool IsArray => _element.ValueKind == JsonValueKind.Array;

    /// <summary>Whether it is a text.</summary>
    public bool IsText => Kind == JsonValueKind.String;

    /// <summary>Whether it is a number.</summary>
    public bool IsNumber => Kind == JsonValueKind.Number;

    /// <summary>Whether it is a whole number of at most 64 bits.</summary>
    public bool IsWhole => _element.ValueKind == JsonValueKind.Number && _element.TryGetInt64(out _);

    /// <summary>The parsed value, for code that passes JSON on as it is.</summary>
    public JsonElement Element => _element;

    /// <summary>How many members an object has, or how many items an array.</summary>
    public int Count => _element.ValueKind switch
    {
        JsonValueKind.Object => _element.GetPropertyCount(),
        JsonValueKind.Array => _element.GetArrayLength(),
        _ => throw Wrong("an object or an array"),
    };

    /// <summary>The value of a key, or null where the key is missing or its value is null.</summary>
    /// <exception cref="InputException">This is no object.</exception>
    public JsonValue? Find(string key) => FindOrNull(key) is { IsNull: false } value ? value : null;

    /// <summary>The value of a key, a JSON null included, or null where the key is missing.</summary>
    /// <exception cref="InputException">This is no object.</exception>
    public JsonValue? FindOrNull(string key)
    {
        if (!IsObject)
            throw Wrong("an object");
        try
        {
            return _element.TryGetProperty(key, out var value) ? new JsonValue(value, File, Path, key, lastPosition: -1) : null;
        }
        catch (InvalidOperationException error)
        {
            throw NotUnicode("has a key that", error);
        }
    }

    /// <summary>Whether a key is there with a value other than null.</summary>
    public bool Has(string key) => Find(key) is not null;

    /// <summary>The value of a key that must be there and not null.</summary>
    public JsonValue Require(string key) => Find(key) ?? throw Error($"{Below(key)} is {(FindOrNull(key) is null ? "missing" : "null")}");

    /// <summary>The members of an object in the order of the file; a key that stands twice comes twice.</summary>
    public IEnumerable<KeyValuePair<string, JsonValue>> Members()
    {
        if (!IsObject)
            throw Wrong("an object");
        var path = Path;
        foreach (var property in _element.EnumerateObject())
        {
            var key = NameOf(property);
            yield return new(key, new JsonValue(property.Value, File, path, key, lastPosition: -1));
        }
    }

    /// <summary>Refuses an object, at any depth, in which a key stands twice with different values.</summary>
    /// <exception cref="InputException">There is one.</exception>
    public void RefuseKeysTwice()
    {
        var path = Path;
        if (IsArray)
        {
            foreach (var (position, item) in _element.EnumerateArray().Index())
            {
                if (item.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                    new JsonValue(item, File, path, lastKey: null, position).RefuseKeysTwice();
            }
        }

        if (!IsObject)
            return;
        var seen = new Dictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var property in _element.EnumerateObject())
        {
            // By its bytes: a key that is no text is refused by whoever looks for it.
            var key = Encoding.Latin1.GetString(JsonMarshal.GetRawUtf8PropertyName(property));
            if (!seen.TryAdd(key, property.Value) && !JsonMarshal.GetRawUtf8Value(seen[key]).SequenceEqual(JsonMarshal.GetRawUtf8Value(property.Value)))
                throw Error($"{Join(path, key)} stands twice, with different values; leave one of them");
            if (property.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                new JsonValue(property.Value, File, path, key, lastPosition: -1).RefuseKeysTwice();
        }
    }

    /// <summary>The items of an array.</summary>
    public IEnumerable<JsonValue> Items()
    {
        if (!IsArray)
            throw Wrong("an array");
        var path = Path;
        var position = 0;
        foreach (var item in _element.EnumerateArray())
            yield return new JsonValue(item, File, path, lastKey: null, position++);
    }

    /// <summary>It as a text.</summary>
    public string AsText()
    {
        if (!IsText)
            throw Wrong("a text");
        try
        {
            return _element.GetString()!;
        }
        catch (InvalidOperationException error)
        {
            throw NotUnicode("is a text that", error);
        }
    }

    /// <summary>It as a truth value.</summary>
    public bool AsBool() => _element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong("true or false"),
    };

    /// <summary>It as a whole number within bounds, both included.</summary>
    public int AsInt(int least = int.MinValue, int most = int.MaxValue) => (int)AsLong(least, most);

    /// <summary>It as a whole number within bounds, both included.</summary>
    public long AsLong(long least = long.MinValue, long most = long.MaxValue)
    {
        if (_element.ValueKind != JsonValueKind.Number || !_element.TryGetInt64(out var number))
            throw Wrong("a whole number");
        if (number >= least && number <= most)
            return number;
        throw Wrong((least, most) switch
        {
            (0, int.MaxValue or long.MaxValue) => "a whole number that is not negative",
            (1, int.MaxValue or long.MaxValue) => "a whole number above 0",
            (_, int.MaxValue or long.MaxValue) => $"a whole number of at least {least}",
            (int.MinValue or long.MinValue, _) => $"a whole number of at most {most}",
            _ => $"a whole number from {least} to {most}",
        });
    }

    /// <summary>It as a finite number.</summary>
    public double AsDouble() => AsAnyDouble() is var number && double.IsFinite(number) ? number : throw Wrong("a finite number");

    /// <summary>
    /// It as a number that may be infinite or not a number, as Python's json module writes them (bare words) and as transformers 5 does
    /// (<c>{"__float__": "Infinity"}</c>).
    /// </summary>
    public double AsAnyDouble()
    {
        if (PythonNumbers.Value(_element) is { } literal)
            return literal;
        if (_element.ValueKind == JsonValueKind.Number)
            return _element.GetDouble();
        if (IsObject && Count == 1 && Find("__float__") is { IsText: true } wrapped)
        {
            return wrapped.AsText() switch
            {
                "NaN" => double.NaN,
                "Infinity" => double.PositiveInfinity,
                "-Infinity" => double.NegativeInfinity,
                _ => throw wrapped.Wrong("\"NaN\", \"Infinity\" or \"-Infinity\""),
            };
        }

        throw Wrong("a number");
    }

    /// <summary>A text that must be there.</summary>
    public string Text(string key) => Require(key).AsText();

    /// <summary>A text, or null where the key is missing or null.</summary>
    public string? OptionalText(string key) => Find(key)?.AsText();

    /// <summary>A whole number that must be there, within bounds, both included.</summary>
    public int Int(string key, int least = int.MinValue, int most = int.MaxValue) => Require(key).AsInt(least, most);

    /// <summary>A whole number within bounds, or null where the key is missing or null.</summary>
    public int? OptionalInt(string key, int least = int.MinValue, int most = int.MaxValue) => Find(key)?.AsInt(least, most);

    /// <summary>A finite number that must be there.</summary>
    public double Double(string key) => Require(key).AsDouble();

    /// <summary>A finite number, or null where the key is missing or null.</summary>
    public double? OptionalDouble(string key) => Find(key)?.AsDouble();

    /// <summary>A truth value, or a default where the key is missing or null.</summary>
    public bool Flag(string key, bool otherwise) => Find(key)?.AsBool() ?? otherwise;

    /// <summary>An object that must be there.</summary>
    public JsonValue Object(string key) => Require(key) is var value && value.IsObject ? value : throw value.Wrong("an object");

    /// <summary>An object, or null where the key is missing or null.</summary>
    public JsonValue? OptionalObject(string key) => Has(key) ? Object(key) : null;

    /// <summary>The items of an array that must be there.</summary>
    public IEnumerable<JsonValue> Array(string key) => Require(key).Items();

    /// <summary>The items of an array; none where the key is missing or null.</summary>
    public IEnumerable<JsonValue> OptionalArray(string key) => Find(key)?.Items() ?? [];

    /// <summary>It, where it is an array of objects.</summary>
    /// <param name="what">What the objects are, for errors (<c>tools</c>).</param>
    public JsonValue AsObjects(string what)
    {
        if (!IsArray)
            throw Wrong($"an array of {what}, each an object");
        foreach (var item in Items())
        {
            if (!item.IsObject)
                throw item.Wrong($"an object, as {what} are");
        }

        return this;
    }

    /// <summary>It as JSON on one line without blanks; keys keep their order.</summary>
    /// <exception cref="InputException">A text in it is not valid Unicode.</exception>
    public string Compact()
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        try
        {
            using var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            _element.WriteTo(writer);
        }
        catch (InvalidOperationException error)
        {
            throw NotUnicode("holds a text that", error);
        }

        return Encoding.UTF8.GetString(bytes.WrittenSpan);
    }

    /// <summary>A copy that can be changed; of a key that stands twice the last one counts.</summary>
    /// <exception cref="InputException">A key or a text in it is not valid Unicode, so that it could not be written again.</exception>
    public JsonNode? ToNode()
    {
        if (IsObject)
        {
            var copy = new JsonObject();
            foreach (var (key, value) in Members())
                copy[key] = value.ToNode();
            return copy;
        }

        if (IsArray)
            return new JsonArray([.. Items().Select(item => item.ToNode())]);
        if (_element.ValueKind == JsonValueKind.String)
            return System.Text.Json.Nodes.JsonValue.Create(IsText ? AsText() : _element.GetString());
        return System.Text.Json.Nodes.JsonValue.Create(_element);
    }

    /// <summary>The path of a key below this value; a key too long or too strange for a message is shortened in it.</summary>
    public string Below(string key) => Join(Path, key);

    /// <summary>An error of the file.</summary>
    /// <param name="what">What is wrong, with the path in it.</param>
    public InputException Error(string what) => new($"{File}: {what}");

    /// <summary>The error for a value that should be something else.</summary>
    /// <param name="wanted">What it should be (<c>"a number"</c>).</param>
    public InputException Wrong(string wanted) => Error($"{(Path.Length == 0 ? "the top level" : Path)} must be {wanted}, but is {Shown()}");

    /// <summary>The value in a few words, for messages.</summary>
    public string Shown()
    {
        if (PythonNumbers.Value(_element) is { } number)
            return number.ToString(CultureInfo.InvariantCulture);
        return _element.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "an array",
            JsonValueKind.Undefined => "missing",
            // Its bytes may be no UTF-8, which a message shows as the replacement character.
            _ => Shortened(Encoding.UTF8.GetString(JsonMarshal.GetRawUtf8Value(_element))),
        };
    }

    private static string Join(string path, string key) => path.Length == 0 ? Shortened(key) : $"{path}.{Shortened(key)}";

    /// <summary>A foreign text as a message can show it: its first sixty characters, without control and direction characters.</summary>
    public static string Shortened(string text)
    {
        if (text.Length <= LongestShown && text.All(char.IsAsciiLetterOrDigit))
            return text;
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= LongestShown)
                return shown.Append('…').ToString();
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}");
            else
                shown.Append(rune.ToString());
        }

        return shown.ToString();
    }

    private string NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException error)
        {
            throw NotUnicode("has a key that", error);
        }
    }

    private InputException NotUnicode(string what, Exception error) =>
        new($"{File}: {(Path.Length == 0 ? "the top level" : Path)} {what} is not valid Unicode (a broken UTF-8 sequence or half a surrogate pair); mend the text", error);
}
