using LayerGrad.Json;
using LayerGrad.Tokenizers.Normalizers;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Reads the normalizers of tokenizer.json.</summary>
internal static class NormalizerReader
{
    /// <summary>Reads a normalizer.</summary>
    public static Normalizer Read(JsonValue json) => json.Text("type") switch
    {
        "Sequence" => new SequenceNormalizer([.. json.Array("normalizers").Select(Read)]),
        "NFC" => new CanonicalNormalizer(compose: true),
        "NFD" => new CanonicalNormalizer(compose: false),
        "NFKC" => new CanonicalNormalizer(compose: true, compatibly: true),
        "NFKD" => new CanonicalNormalizer(compose: false, compatibly: true),
        "Prepend" => new PrependNormalizer(json.Text("prepend")),
        "Replace" => new ReplaceNormalizer(PatternReader.Read(json, empty: null), json.Text("content")),
        "Lowercase" => new LowercaseNormalizer(),
        "Strip" or "StripNormalizer" => new StripNormalizer(json.Require("strip_left").AsBool(), json.Require("strip_right").AsBool()),
        "StripAccents" => FilterNormalizer.StripAccents,
        "Nmt" => FilterNormalizer.Nmt,
        "BertNormalizer" => ReadBert(json),
        "ByteLevel" => new ByteLevelNormalizer(),
        "Precompiled" => ReadPrecompiled(json),
        var type => throw json.Error(
            $"{json.Below("type")} is {type}, which is not supported; supported are Sequence, NFC, NFD, NFKC, NFKD, Prepend, Replace, Lowercase, Strip, StripAccents, Nmt, BertNormalizer, ByteLevel and Precompiled"),
    };


    private static BertNormalizer ReadBert(JsonValue json)
    {
        var lowercase = json.Require("lowercase").AsBool();
        return new BertNormalizer(
            json.Require("clean_text").AsBool(), json.Require("handle_chinese_chars").AsBool(), json.Flag("strip_accents", otherwise: lowercase), lowercase);
    }

    private static PrecompiledNormalizer ReadPrecompiled(JsonValue json)
    {
        var charsmap = json.Text("precompiled_charsmap");
        var bytes = new byte[charsmap.Length];
        var rules = Convert.TryFromBase64String(charsmap, bytes, out var length) ? PrecompiledRules.TryRead(bytes.AsSpan(0, length)) : null;
        return new PrecompiledNormalizer(rules ?? throw json.Error($"{json.Below("precompiled_charsmap")} is not a charsmap of SentencePiece in base64; fetch the file again"));
    }
}
