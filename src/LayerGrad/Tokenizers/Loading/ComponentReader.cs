using LayerGrad.Json;
using LayerGrad.Tokenizers.Models;
using LayerGrad.Tokenizers.Normalizers;
using LayerGrad.Tokenizers.Patterns;
using LayerGrad.Tokenizers.PostProcessors;
using LayerGrad.Tokenizers.PreTokenizers;
using LayerGrad.Tokenizers.TokenDecoders;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Reads the components of tokenizer.json other than the model.</summary>
internal static class ComponentReader
{
    /// <summary>Reads a normalizer.</summary>
    public static Normalizer ReadNormalizer(JsonValue json) => json.Text("type") switch
    {
        "Sequence" => new SequenceNormalizer([.. json.Array("normalizers").Select(ReadNormalizer)]),
        "NFC" => new CanonicalNormalizer(compose: true),
        "NFD" => new CanonicalNormalizer(compose: false),
        "Prepend" => new PrependNormalizer(json.Text("prepend")),
        "Replace" => new ReplaceNormalizer(ReadPattern(json), json.Text("content")),
        _ => throw Unknown(json, "Sequence, NFC, NFD, Prepend and Replace"),
    };

    /// <summary>Reads a pre-tokenizer.</summary>
    public static PreTokenizer ReadPreTokenizer(JsonValue json) => json.Text("type") switch
    {
        "Sequence" => new SequencePreTokenizer([.. json.Array("pretokenizers").Select(ReadPreTokenizer)]),
        "Split" => new SplitPreTokenizer(ReadPattern(json), ReadBehavior(json), json.Flag("invert", otherwise: false)),
        "ByteLevel" => new ByteLevelPreTokenizer(json.Flag("add_prefix_space", otherwise: true), json.Flag("use_regex", otherwise: true)),
        "Digits" => new DigitsPreTokenizer(json.Flag("individual_digits", otherwise: false)),
        "Metaspace" => new MetaspacePreTokenizer(json.Text("replacement"), ReadPrependScheme(json), json.Flag("split", otherwise: true)),
        _ => throw Unknown(json, "Sequence, Split, ByteLevel, Digits and Metaspace"),
    };

    /// <summary>Whether a pre-tokenizer turns characters into bytes, which it must do last.</summary>
    public static bool IsByteLevel(JsonValue json)
    {
        if (json.Text("type") != "Sequence")
            return json.Text("type") == "ByteLevel";
        var steps = json.Array("pretokenizers").Select(IsByteLevel).ToList();
        return steps.IndexOf(item: true) is var first && (first < 0 || first == steps.Count - 1)
            ? first >= 0
            : throw json.Error($"{json.Path} goes on after ByteLevel, which is not supported; ByteLevel must come last");
    }

    /// <summary>Reads a post-processor.</summary>
    public static PostProcessor ReadPostProcessor(JsonValue json, Vocabulary vocabulary) => json.Text("type") switch
    {
        "Sequence" => new SequencePostProcessor([.. json.Array("processors").Select(step => ReadPostProcessor(step, vocabulary))]),
        "ByteLevel" => json.Flag("trim_offsets", otherwise: true)
            ? new ByteLevelPostProcessor(vocabulary, json.Flag("add_prefix_space", otherwise: true))
            : new SequencePostProcessor([]),
        "TemplateProcessing" => ReadTemplate(json),
        _ => throw Unknown(json, "Sequence, ByteLevel and TemplateProcessing"),
    };

    /// <summary>Reads a decoder.</summary>
    public static TokenDecoder ReadDecoder(JsonValue json) => json.Text("type") switch
    {
        "Sequence" => new SequenceDecoder([.. json.Array("decoders").Select(ReadDecoder)]),
        "ByteLevel" => new ByteLevelDecoder(),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new FuseDecoder(),
        "Replace" => new ReplaceDecoder(
            json.Object("pattern").Text("String"),
            json.Text("content")),
        "Strip" => ReadStrip(json),
        "Metaspace" => new MetaspaceDecoder(json.Text("replacement"), ReadPrependScheme(json) != PrependScheme.Never),
        _ => throw Unknown(json, "Sequence, ByteLevel, ByteFallback, Fuse, Replace, Strip and Metaspace"),
    };

    private static StripDecoder ReadStrip(JsonValue json)
    {
        var content = json.Text("content");
        return content.Length == 1
            ? new StripDecoder(content[0], json.Int("start", 0), json.Int("stop", 0))
            : throw json.Error($"{json.Below("content")} must be one character");
    }

    private static SplitPattern ReadPattern(JsonValue json)
    {
        var pattern = json.Object("pattern");
        if (pattern.OptionalText("String") is { } literal)
            return new LiteralPattern(literal);
        return SplitPattern.FromExpression(pattern.Text("Regex"), $"{pattern.File}: {pattern.Path}");
    }

    private static SplitBehavior ReadBehavior(JsonValue json) => json.Text("behavior") switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        var other => throw json.Error($"{json.Below("behavior")} is {other}, which is not supported"),
    };

    private static PrependScheme ReadPrependScheme(JsonValue json) => json.OptionalText("prepend_scheme") switch
    {
        null => json.Flag("add_prefix_space", otherwise: true) ? PrependScheme.Always : PrependScheme.Never,
        "always" => PrependScheme.Always,
        "first" => PrependScheme.First,
        "never" => PrependScheme.Never,
        var other => throw json.Error($"{json.Below("prepend_scheme")} is {other}, which is not supported"),
    };

    private static TemplatePostProcessor ReadTemplate(JsonValue json)
    {
        List<int> before = [];
        List<int> after = [];
        var current = before;
        foreach (var item in json.Array("single"))
        {
            if (item.Has("Sequence"))
                current = after;
            else if (item.OptionalObject("SpecialToken") is { } token)
                current.AddRange(TemplateIds(json, token.Text("id")));
            else
                throw item.Error($"{item.Path} must be a Sequence or a SpecialToken");
        }

        return new TemplatePostProcessor([.. before], [.. after]);
    }

    private static IEnumerable<int> TemplateIds(JsonValue json, string token)
    {
        if (json.OptionalObject("special_tokens")?.OptionalObject(token)?.Find("ids") is not { } ids)
            throw json.Error($"{json.Below("special_tokens")} does not give the ids of {token}");
        return ids.Items().Select(id => id.AsInt(0));
    }

    private static InputException Unknown(JsonValue json, string supported) =>
        json.Error($"{json.Below("type")} is {json.Text("type")}, which is not supported; supported are {supported}");
}
