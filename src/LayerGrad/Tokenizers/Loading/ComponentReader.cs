using System.Text.Json;
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
    public static Normalizer ReadNormalizer(JsonComponent json) => json.Type switch
    {
        "Sequence" => new SequenceNormalizer(json.Children("normalizers").ConvertAll(ReadNormalizer)),
        "NFC" => new CanonicalNormalizer(compose: true),
        "NFD" => new CanonicalNormalizer(compose: false),
        "Prepend" => new PrependNormalizer(json.Text("prepend")),
        "Replace" => new ReplaceNormalizer(ReadPattern(json), json.Text("content")),
        _ => throw json.Unknown("Sequence, NFC, NFD, Prepend and Replace"),
    };

    /// <summary>Reads a pre-tokenizer.</summary>
    public static PreTokenizer ReadPreTokenizer(JsonComponent json) => json.Type switch
    {
        "Sequence" => new SequencePreTokenizer(json.Children("pretokenizers").ConvertAll(ReadPreTokenizer)),
        "Split" => new SplitPreTokenizer(ReadPattern(json), ReadBehavior(json), json.Flag("invert", otherwise: false)),
        "ByteLevel" => new ByteLevelPreTokenizer(json.Flag("add_prefix_space", otherwise: true), json.Flag("use_regex", otherwise: true)),
        "Digits" => new DigitsPreTokenizer(json.Flag("individual_digits", otherwise: false)),
        "Metaspace" => new MetaspacePreTokenizer(json.Text("replacement"), ReadPrependScheme(json), json.Flag("split", otherwise: true)),
        _ => throw json.Unknown("Sequence, Split, ByteLevel, Digits and Metaspace"),
    };

    /// <summary>Whether a pre-tokenizer turns characters into bytes, which it must do last.</summary>
    public static bool IsByteLevel(JsonComponent json)
    {
        if (json.Type != "Sequence")
            return json.Type == "ByteLevel";
        var steps = json.Children("pretokenizers").ConvertAll(IsByteLevel);
        return steps.IndexOf(item: true) is var first && (first < 0 || first == steps.Count - 1)
            ? first >= 0
            : throw json.Error($"{json.Path} goes on after ByteLevel, which is not supported; ByteLevel must come last");
    }

    /// <summary>Reads a post-processor.</summary>
    public static PostProcessor ReadPostProcessor(JsonComponent json, Vocabulary vocabulary) => json.Type switch
    {
        "Sequence" => new SequencePostProcessor(json.Children("processors").ConvertAll(step => ReadPostProcessor(step, vocabulary))),
        "ByteLevel" => json.Flag("trim_offsets", otherwise: true)
            ? new ByteLevelPostProcessor(vocabulary, json.Flag("add_prefix_space", otherwise: true))
            : new SequencePostProcessor([]),
        "TemplateProcessing" => ReadTemplate(json),
        _ => throw json.Unknown("Sequence, ByteLevel and TemplateProcessing"),
    };

    /// <summary>Reads a decoder.</summary>
    public static TokenDecoder ReadDecoder(JsonComponent json) => json.Type switch
    {
        "Sequence" => new SequenceDecoder(json.Children("decoders").ConvertAll(ReadDecoder)),
        "ByteLevel" => new ByteLevelDecoder(),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new FuseDecoder(),
        "Replace" => new ReplaceDecoder(
            json.Child("pattern") is { } pattern ? pattern.Text("String") : throw json.Error($"{json.Below("pattern")} must be an object"),
            json.Text("content")),
        "Strip" => ReadStrip(json),
        "Metaspace" => new MetaspaceDecoder(json.Text("replacement"), ReadPrependScheme(json) != PrependScheme.Never),
        _ => throw json.Unknown("Sequence, ByteLevel, ByteFallback, Fuse, Replace, Strip and Metaspace"),
    };

    private static StripDecoder ReadStrip(JsonComponent json)
    {
        var content = json.Text("content");
        return content.Length == 1
            ? new StripDecoder(content[0], json.Number("start"), json.Number("stop"))
            : throw json.Error($"{json.Below("content")} must be one character");
    }

    private static SplitPattern ReadPattern(JsonComponent json)
    {
        var pattern = json.Child("pattern") ?? throw json.Error($"{json.Below("pattern")} must be an object");
        if (pattern.OptionalText("String") is { } literal)
            return new LiteralPattern(literal);
        return SplitPattern.FromExpression(pattern.Text("Regex"), $"{pattern.File}: {pattern.Path}");
    }

    private static SplitBehavior ReadBehavior(JsonComponent json) => json.Text("behavior") switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        var other => throw json.Error($"{json.Below("behavior")} is {other}, which is not supported"),
    };

    private static PrependScheme ReadPrependScheme(JsonComponent json) => json.OptionalText("prepend_scheme") switch
    {
        null => json.Flag("add_prefix_space", otherwise: true) ? PrependScheme.Always : PrependScheme.Never,
        "always" => PrependScheme.Always,
        "first" => PrependScheme.First,
        "never" => PrependScheme.Never,
        var other => throw json.Error($"{json.Below("prepend_scheme")} is {other}, which is not supported"),
    };

    private static TemplatePostProcessor ReadTemplate(JsonComponent json)
    {
        List<int> before = [];
        List<int> after = [];
        var current = before;
        foreach (var item in json.Children("single"))
        {
            if (item.Child("Sequence") is not null)
                current = after;
            else if (item.Child("SpecialToken") is { } token)
                current.AddRange(TemplateIds(json, token.Text("id")));
            else
                throw item.Error($"{item.Path} must be a Sequence or a SpecialToken");
        }

        return new TemplatePostProcessor([.. before], [.. after]);
    }

    private static IEnumerable<int> TemplateIds(JsonComponent json, string token)
    {
        if (json.Child("special_tokens")?.Child(token) is not { } entry || !entry.TryGet("ids", out var ids) || ids.ValueKind != JsonValueKind.Array)
            throw json.Error($"{json.Below("special_tokens")} does not give the ids of {token}");
        foreach (var id in ids.EnumerateArray())
            yield return id.TryGetInt32(out var value) ? value : throw entry.Error($"{entry.Below("ids")} must hold whole numbers");
    }
}
