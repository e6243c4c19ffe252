using System.Text.Json;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>An object of a JSON file that knows where it stands, so that whatever is wrong with it can be said in one line.</summary>
/// <param name="Element">The object.</param>
/// <param name="File">The file.</param>
/// <param name="Path">The keys that lead to it.</param>
internal readonly record struct JsonComponent(JsonElement Element, string File, string Path)
{
    /// <summary>Its value of <c>type</c>.</summary>
    public string Type => Text("type");

    /// <summary>A child object, or null where the key is missing or null.</summary>
    public JsonComponent? Child(string key)
    {
        if (!TryGet(key, out var value))
            return null;
        return value.ValueKind == JsonValueKind.Object ? new JsonComponent(value, File, Below(key)) : throw Wrong(key, "an object");
    }

    /// <summary>The child objects of an array.</summary>
    public List<JsonComponent> Children(string key)
    {
        if (!TryGet(key, out var value) || value.ValueKind != JsonValueKind.Array)
            throw Wrong(key, "an array");
        var children = new List<JsonComponent>();
        foreach (var item in value.EnumerateArray())
        {
            var path = $"{Below(key)}[{children.Count}]";
            children.Add(item.ValueKind == JsonValueKind.Object ? new JsonComponent(item, File, path) : throw Error($"{path} must be an object"));
        }

        return children;
    }

    /// <summary>A string.</summary>
    public string Text(string key) => OptionalText(key) ?? throw Wrong(key, "a string");

    /// <summary>A string, or null where the key is missing or null.</summary>
    public string? OptionalText(string key)
    {
        if (!TryGet(key, out var value))
            return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(key, "a string");
    }

    /// <summary>A truth value, or the default where the key is missing or null.</summary>
    public bool Flag(string key, bool otherwise)
    {
        if (!TryGet(key, out var value))
            return otherwise;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(key, "true or false");
    }

    /// <summary>A whole number that is not negative.</summary>
    public int Number(string key) =>
        TryGet(key, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0
            ? number
            : throw Wrong(key, "a whole number that is not negative");

    /// <summary>Whether a key is there with a value other than null.</summary>
    public bool TryGet(string key, out JsonElement value) =>
        Element.TryGetProperty(key, out value) && value.ValueKind != JsonValueKind.Null;

    /// <summary>The error for a component of a type that LayerGrad lacks.</summary>
    public InputException Unknown(string supported) => Error($"{Below("type")} is {Type}, which is not supported; supported are {supported}");

    /// <summary>An error of the file.</summary>
    public InputException Error(string what) => new($"{File}: {what}");

    /// <summary>The path of a key.</summary>
    public string Below(string key) => Path.Length == 0 ? key : $"{Path}.{key}";

    private InputException Wrong(string key, string wanted) => Error($"{Below(key)} must be {wanted}");
}
