using LayerGrad.Json;
using LayerGrad.Tokenizers.Patterns;
using LayerGrad.Tokenizers.PreTokenizers;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Reads the pre-tokenizers of tokenizer.json.</summary>
/// <param name="modelReadsBytes">Whether the model reads the bytes of the text itself, so that ByteLevel need not write them.</param>
internal sealed class PreTokenizerReader(bool modelReadsBytes)
{
    /// <summary>Reads a pre-tokenizer.</summary>
    public PreTokenizer Read(JsonValue json) => json.Text("type") switch
    {
        "Sequence" => new SequencePreTokenizer([.. json.Array("pretokenizers").Select(Read)]),
        "Split" => new SplitPreTokenizer(PatternReader.Read(json, CharacterPattern.Nothing), ReadBehavior(json), json.Flag("invert", otherwise: false)),
        "ByteLevel" => new ByteLevelPreTokenizer(json.Flag("add_prefix_space", otherwise: true), json.Flag("use_regex", otherwise: true), writesBytes: !modelReadsBytes),
        "Digits" => new DigitsPreTokenizer(json.Flag("individual_digits", otherwise: false)),
        "Metaspace" => new MetaspacePreTokenizer(ReadCharacter(json, "replacement"), ReadPrependScheme(json), json.Flag("split", otherwise: true)),
        "BertPreTokenizer" => new SequencePreTokenizer([SplitAt(CharacterPattern.WhiteSpace, SplitBehavior.Removed), SplitAt(CharacterPattern.Punctuation, SplitBehavior.Isolated)]),
        "Whitespace" => new SplitPreTokenizer(new WordPattern(), SplitBehavior.Removed, invert: true),
        "WhitespaceSplit" => SplitAt(CharacterPattern.WhiteSpace, SplitBehavior.Removed),
        "Punctuation" => SplitAt(CharacterPattern.Punctuation, json.Has("behavior") ? ReadBehavior(json) : SplitBehavior.Isolated),
        "CharDelimiterSplit" => SplitAt(new LiteralPattern(ReadCharacter(json, "delimiter")), SplitBehavior.Removed),
        "UnicodeScripts" => new ScriptPreTokenizer(),
        "FixedLength" => new FixedLengthPreTokenizer(json.OptionalInt("length", 1) ?? 5),
        var type => throw json.Error(
            $"{json.Below("type")} is {type}, which is not supported; supported are Sequence, Split, ByteLevel, Digits, Metaspace, BertPreTokenizer, Whitespace, WhitespaceSplit, Punctuation, CharDelimiterSplit, UnicodeScripts and FixedLength"),
    };

    /// <summary>Whether ByteLevel comes last and only there, so that a model may read the bytes itself.</summary>
    public static bool EndsInBytes(JsonValue json)
    {
        var steps = Steps(json).ToList();
        return steps.Count > 0 && steps.IndexOf("ByteLevel") == steps.Count - 1;
    }

    /// <summary>Reads when Metaspace writes its mark in front.</summary>
    public static PrependScheme ReadPrependScheme(JsonValue json)
    {
        var scheme = (json.OptionalText("prepend_scheme") ?? "always") switch
        {
            "always" => PrependScheme.Always,
            "first" => PrependScheme.First,
            "never" => PrependScheme.Never,
            var other => throw json.Error($"{json.Below("prepend_scheme")} is {other}, which is not supported"),
        };
        if (scheme != PrependScheme.Never && !json.Flag("add_prefix_space", otherwise: true))
            throw json.Error($"{json.Below("add_prefix_space")} is false, but {json.Below("prepend_scheme")} is not \"never\"; Hugging Face's tokenizers refuse such a file");
        return scheme;
    }

    /// <summary>Reads a text that must be one character.</summary>
    public static string ReadCharacter(JsonValue json, string key)
    {
        var text = json.Text(key);
        return text.Length > 0 && text.Length == UnicodeText.LengthAt(text, 0) ? text : throw json.Error($"{json.Below(key)} must be one character");
    }

    private static IEnumerable<string> Steps(JsonValue json) => json.Text("type") switch
    {
        "Sequence" => json.Array("pretokenizers").SelectMany(Steps),
        var type => [type],
    };

    private static SplitPreTokenizer SplitAt(SplitPattern pattern, SplitBehavior behavior) => new(pattern, behavior, invert: false);

    private static SplitBehavior ReadBehavior(JsonValue json) => json.Text("behavior") switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        var other => throw json.Error($"{json.Below("behavior")} is {other}, which is not supported"),
    };
}
