using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LayerGrad.Fuzz.Mutations;

/// <summary>A JSON value that may be changed into what no JSON library writes: keys that stand twice, numbers of any size, any depth.</summary>
internal sealed class JsonTree
{
    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private JsonTree(string? raw, List<(string Key, JsonTree Value)>? children, bool isObject) => (Raw, Children, IsObject) = (raw, children, isObject);

    /// <summary>The text of a value that holds no others; null for an array or an object.</summary>
    public string? Raw { get; private set; }

    /// <summary>The items of an array (their keys are not written) or the members of an object, with their keys in JSON; null for another value.</summary>
    public List<(string Key, JsonTree Value)>? Children { get; private set; }

    /// <summary>Whether the children are members.</summary>
    public bool IsObject { get; private set; }

    /// <summary>A value from its text.</summary>
    public static JsonTree Scalar(string raw) => new(raw, null, false);

    /// <summary>A text as a JSON string.</summary>
    public static string Quote(string text) => JsonSerializer.Serialize(text, s_relaxed);

    /// <summary>Parses sound JSON.</summary>
    public static JsonTree Parse(ReadOnlySpan<byte> json) => Of(JsonElement.Parse(json));

    /// <summary>A copy that shares nothing.</summary>
    public JsonTree Copy() => new(Raw, Children?.ConvertAll(static child => (child.Key, child.Value.Copy())), IsObject);

    /// <summary>Takes over what another value is.</summary>
    public void Become(JsonTree other) => (Raw, Children, IsObject) = (other.Raw, other.Children, other.IsObject);

    /// <summary>Puts this value into arrays or objects, one in another.</summary>
    public void Nest(int depth, bool inObjects)
    {
        var (open, close) = inObjects ? ("{\"a\":", "}") : ("[", "]");
        Become(Scalar(string.Concat(Enumerable.Repeat(open, depth)) + ToText() + string.Concat(Enumerable.Repeat(close, depth))));
    }

    /// <summary>This value and all below it.</summary>
    public List<JsonTree> All()
    {
        var all = new List<JsonTree> { this };
        for (var i = 0; i < all.Count; i++)
            all.AddRange(all[i].Children?.Select(static child => child.Value) ?? []);
        return all;
    }

    /// <summary>The JSON, or what it has become.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        Write(text);
        return text.ToString();
    }

    private static JsonTree Of(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => new(null, [.. element.EnumerateObject().Select(static member => (Quote(member.Name), Of(member.Value)))], true),
        JsonValueKind.Array => new(null, [.. element.EnumerateArray().Select(static item => ("", Of(item)))], false),
        _ => Scalar(element.GetRawText()),
    };

    private void Write(StringBuilder text)
    {
        if (Children is null)
        {
            text.Append(Raw);
            return;
        }

        text.Append(IsObject ? '{' : '[');
        for (var i = 0; i < Children.Count; i++)
        {
            if (i > 0)
                text.Append(',');
            if (IsObject)
                text.Append(Children[i].Key).Append(':');
            Children[i].Value.Write(text);
        }

        text.Append(IsObject ? '}' : ']');
    }
}
