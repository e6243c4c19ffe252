using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace LayerGrad.Studies.Plan;

/// <summary>A value of a YAML file that knows where it stands, so that every error names file, line and column.</summary>
internal sealed class YamlValue
{
    private readonly YamlNode _node;

    private YamlValue(string file, YamlNode node)
    {
        File = file;
        _node = node;
    }

    /// <summary>The file.</summary>
    public string File { get; }

    /// <summary><c>file:line:column</c>.</summary>
    public string Place => $"{File}:{_node.Start.Line}:{_node.Start.Column}";

    /// <summary>Whether it is a list.</summary>
    public bool IsList => _node is YamlSequenceNode;

    /// <summary>Whether it is a mapping.</summary>
    public bool IsMap => _node is YamlMappingNode;

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read, is not YAML, holds no document or more than one, is too large, or a value contains itself.</exception>
    public static YamlValue Load(string file) => new(file, YamlFile.Load(file));

    /// <summary>The error of this value.</summary>
    public InputException Error(string what) => new($"{Place}: {what}");

    /// <summary>The entries of a mapping.</summary>
    /// <param name="known">The keys that may stand there; null where any may.</param>
    public YamlMap Map(IReadOnlyList<string>? known) => _node is YamlMappingNode map
        ? new YamlMap(this, map.Children.Select(entry => (Key: new YamlValue(File, entry.Key), Value: new YamlValue(File, entry.Value))), known)
        : throw Error($"expected a mapping (key: value), not {Kind}.");

    /// <summary>The items of a list.</summary>
    public IReadOnlyList<YamlValue> List() => _node is YamlSequenceNode list
        ? [.. list.Children.Select(item => new YamlValue(File, item))]
        : throw Error($"expected a list, not {Kind}.");

    /// <summary>The items of a list, or the one value that stands where a list may.</summary>
    public IReadOnlyList<YamlValue> ListOrOne() => IsList ? List() : [this];

    /// <summary>A text that is not empty.</summary>
    public string Text() => _node is YamlScalarNode { Value: { Length: > 0 } text } && !(text is "~" or "null" && IsPlain)
        ? text
        : throw Error($"expected a text, not {Kind}.");

    /// <summary>A text that may be empty.</summary>
    public string TextOrEmpty() => _node is YamlScalarNode { Value: "" } && !IsPlain ? "" : Text();

    /// <summary>A whole number.</summary>
    public int Integer(int least) => int.TryParse(Text(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && value >= least
        ? value
        : throw Error($"'{Text()}' is no whole number of at least {least}.");

    /// <summary>A seed.</summary>
    public ulong Seed() => ulong.TryParse(Text(), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
        ? value
        : throw Error($"'{Text()}' is no seed; it is a whole number, at least 0.");

    /// <summary>A truth value.</summary>
    public bool Truth() => Text() switch
    {
        "true" => true,
        "false" => false,
        var other => throw Error($"'{other}' is neither true nor false."),
    };

    /// <summary>One of some words.</summary>
    public string OneOf(IReadOnlyList<string> words) => words.Contains(Text(), StringComparer.Ordinal)
        ? Text()
        : throw Error($"'{Text()}' is none of {string.Join(", ", words)}{NearestWord.Suggest(Text(), words)}");

    /// <summary>It as JSON: a plain true, false, null or number is that, any other scalar a text.</summary>
    public string Json() => _node switch
    {
        YamlMappingNode => "{" + string.Join(",", Map(null) is var map ? map.Keys.Select(key => $"{Quoted(key.Name)}:{map[key.Name]!.Json()}") : []) + "}",
        YamlSequenceNode => "[" + string.Join(",", List().Select(item => item.Json())) + "]",
        YamlScalarNode { Value: null or "" or "~" or "null" } when IsPlain => "null",
        YamlScalarNode { Value: { } text } => IsPlain && IsJsonScalar(text) ? text : Quoted(text),
        _ => throw Error($"expected a value, not {Kind}."),
    };

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";

    private static bool IsJsonScalar(string text)
    {
        if (text is "true" or "false")
            return true;
        try
        {
            return char.IsAsciiDigit(text[^1]) && JsonElement.Parse(text).ValueKind == JsonValueKind.Number;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private bool IsPlain => _node is YamlScalarNode { Style: ScalarStyle.Plain };

    private string Kind => _node switch
    {
        YamlMappingNode => "a mapping",
        YamlSequenceNode => "a list",
        YamlScalarNode { Value: null or "" } => "nothing",
        YamlScalarNode scalar => $"'{scalar.Value}'",
        _ => "an alias",
    };
}
