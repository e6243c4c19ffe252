using LayerGrad.Json;
using LayerGrad.Tokenizers.PreTokenizers;
using LayerGrad.Tokenizers.TokenDecoders;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Reads the decoders of tokenizer.json.</summary>
internal static class DecoderReader
{
    /// <summary>Reads a decoder.</summary>
    public static TokenDecoder Read(JsonValue json) => json.Text("type") switch
    {
        "Sequence" => new SequenceDecoder([.. json.Array("decoders").Select(Read)]),
        "ByteLevel" => new ByteLevelDecoder(),
        "ByteFallback" => new ByteFallbackDecoder(),
        "Fuse" => new FuseDecoder(),
        "Replace" => new ReplaceDecoder(json.Object("pattern").Text("String"), json.Text("content")),
        "Strip" => ReadStrip(json),
        "Metaspace" => new MetaspaceDecoder(PreTokenizerReader.ReadCharacter(json, "replacement"), PreTokenizerReader.ReadPrependScheme(json) != PrependScheme.Never),
        "WordPiece" => new WordPieceDecoder(json.OptionalText("prefix") ?? "##", json.Flag("cleanup", otherwise: true)),
        "BPEDecoder" => new SuffixDecoder(json.OptionalText("suffix") ?? "</w>"),
        var type => throw json.Error(
            $"{json.Below("type")} is {type}, which is not supported; supported are Sequence, ByteLevel, ByteFallback, Fuse, Replace, Strip, Metaspace, WordPiece and BPEDecoder"),
    };

    private static StripDecoder ReadStrip(JsonValue json)
    {
        var content = json.Text("content");
        return content.Length == 1
            ? new StripDecoder(content[0], json.Int("start", 0), json.Int("stop", 0))
            : throw json.Error($"{json.Below("content")} must be one character");
    }
}
