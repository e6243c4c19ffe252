using LayerGrad.Tokenizers.Models;
using LayerGrad.Tokenizers.Normalizers;
using LayerGrad.Tokenizers.Patterns;
using LayerGrad.Tokenizers.PostProcessors;
using LayerGrad.Tokenizers.TokenDecoders;

namespace LayerGrad.Tokenizers.Loading;

/// <summary>Makes a tokenizer from the metadata of a GGUF file (keys <c>tokenizer.ggml.*</c> and <c>tokenizer.chat_template</c>).</summary>
internal static class GgufTokenizerReader
{
    private const string SpaceMark = "\u2581";
    private const int Unknown = 2;
    private const int Control = 3;
    private const int UserDefined = 4;

    /// <summary>Makes the tokenizer.</summary>
    /// <exception cref="InputException">The metadata lacks something or describes a kind of tokenizer that LayerGrad lacks.</exception>
    public static Tokenizer Load(GgufMetadata metadata)
    {
        var kind = metadata.Text("tokenizer.ggml.model") ?? throw metadata.Error("has no tokenizer; give the folder of one with --tokenizer DIR");
        var tokens = metadata.Array<string>("tokenizer.ggml.tokens") ?? throw metadata.Error("has no tokenizer.ggml.tokens");
        var types = metadata.Array<int>("tokenizer.ggml.token_type");
        if (types is not null && types.Length != tokens.Length)
            throw metadata.Error($"has {tokens.Length} tokenizer.ggml.tokens but {types.Length} tokenizer.ggml.token_type");
        return kind switch
        {
            "gpt2" => LoadByteLevel(metadata, tokens, types),
            "llama" => LoadSentencePiece(metadata, tokens, types),
            _ => throw metadata.Error($"its tokenizer is of kind {kind}, which is not supported; give the folder of the original tokenizer with --tokenizer DIR"),
        };
    }

    private static Tokenizer LoadByteLevel(GgufMetadata metadata, string[] tokens, int[]? types)
    {
        var pipeline = GgufPreTokenizer.Read(metadata);
        var vocabulary = MakeVocabulary(tokens);
        var model = new BpeModel(vocabulary, ReadMerges(metadata, vocabulary), new ByteAlphabet(vocabulary), pipeline.IgnoreMerges);
        var added = AddedTokens(tokens, types, unknownToo: false);
        return new Tokenizer(model, new AddedVocabulary(added, pipeline.Normalizer), MakeConfig(metadata, tokens), isSameUnderOtherRules: static () => false)
        {
            PreTokenizer = pipeline.PreTokenizer,
            PostProcessor = MakePostProcessor(metadata, pipeline.AddBos),
            Decoder = new ByteLevelDecoder(),
        };
    }

    private static Tokenizer LoadSentencePiece(GgufMetadata metadata, string[] tokens, int[]? types)
    {
        var scores = metadata.Array<float>("tokenizer.ggml.scores");
        if (scores is null || scores.Length != tokens.Length)
            throw metadata.Error("needs as many tokenizer.ggml.scores as tokenizer.ggml.tokens");
        var vocabulary = MakeVocabulary(tokens);
        var unknown = metadata.Number("tokenizer.ggml.unknown_token_id") ?? (types is null ? -1 : Array.IndexOf(types, Unknown));
        var model = new BpeModel(
            vocabulary, ScoredMerges.Make(vocabulary, tokens, scores),
            new CharacterAlphabet(vocabulary, new UnknownToken(unknown, problem: null), fuseUnknown: true, byteFallback: true), ignoreMerges: false);
        var addsPrefix = metadata.Flag("tokenizer.ggml.add_space_prefix") ?? true;
        Normalizer replace = new ReplaceNormalizer(new LiteralPattern(" "), SpaceMark);
        var normalizer = addsPrefix ? new SequenceNormalizer([new PrependNormalizer(SpaceMark), replace]) : replace;
        List<TokenDecoder> decoders = [new ReplaceDecoder(SpaceMark, " "), new ByteFallbackDecoder(), new FuseDecoder()];
        if (addsPrefix)
            decoders.Add(new StripDecoder(' ', start: 1, stop: 0));
        return new Tokenizer(model, new AddedVocabulary(AddedTokens(tokens, types, unknownToo: true), normalizer), MakeConfig(metadata, tokens), isSameUnderOtherRules: static () => false)
        {
            PostProcessor = MakePostProcessor(metadata, addsBos: true),
            Decoder = new SequenceDecoder(decoders),
        };
    }

    private static Vocabulary MakeVocabulary(string[] tokens)
    {
        var ids = new Dictionary<string, int>(tokens.Length);
        for (var id = 0; id < tokens.Length; id++)
            ids.TryAdd(tokens[id], id);
        return new Vocabulary(ids);
    }

    private static Merge[] ReadMerges(GgufMetadata metadata, Vocabulary vocabulary)
    {
        var merges = metadata.Array<string>("tokenizer.ggml.merges") ?? throw metadata.Error("has no tokenizer.ggml.merges");
        var table = new Merge[merges.Length];
        for (var rank = 0; rank < merges.Length; rank++)
        {
            var merge = merges[rank];
            var space = merge.Length > 1 ? merge.IndexOf(' ', 1) : -1;
            if (space < 0)
                throw metadata.Error($"tokenizer.ggml.merges[{rank}] must be two tokens with a space between them");
            table[rank] = new Merge(Find(merge[..space]), Find(merge[(space + 1)..]), rank, Find(merge.Remove(space, 1)));

            int Find(string token) => vocabulary.Find(token) is var id and >= 0
                ? id
                : throw metadata.Error($"tokenizer.ggml.merges[{rank}] uses the token \"{token}\", which is not in tokenizer.ggml.tokens");
        }

        return table;
    }

    private static IEnumerable<AddedToken> AddedTokens(string[] tokens, int[]? types, bool unknownToo)
    {
        for (var id = 0; id < types?.Length; id++)
        {
            var special = types[id] == Control || (unknownToo && types[id] == Unknown);
            if (special || types[id] == UserDefined)
                yield return new AddedToken(id, tokens[id], SingleWord: false, StripLeft: false, StripRight: false, Normalized: false, special);
        }
    }

    private static TemplatePostProcessor MakePostProcessor(GgufMetadata metadata, bool addsBos)
    {
        // llama.cpp's converter writes "no BOS" for every Phi-2 without a look at its tokenizer; there the pre-tokenizer says.
        var fileSays = metadata.Text("general.architecture") != "phi2";
        return new TemplatePostProcessor(Ids("bos", addsBos), Ids("eos", otherwise: false));

        int[] Ids(string role, bool otherwise)
        {
            if (!((fileSays ? metadata.Flag($"tokenizer.ggml.add_{role}_token") : null) ?? otherwise))
                return [];
            return [metadata.Number($"tokenizer.ggml.{role}_token_id") ?? throw metadata.Error($"has no tokenizer.ggml.{role}_token_id")];
        }
    }

    private static TokenizerConfig MakeConfig(GgufMetadata metadata, string[] tokens)
    {
        return new TokenizerConfig
        {
            BosToken = Token("bos"),
            EosToken = Token("eos"),
            UnknownToken = Token("unknown"),
            PaddingToken = Token("padding"),
            ChatTemplate = metadata.Text("tokenizer.chat_template"),
            ToolChatTemplate = metadata.Text("tokenizer.chat_template.tool_use"),
        };

        string? Token(string role) => metadata.Number($"tokenizer.ggml.{role}_token_id") is not { } id
            ? null
            : id < tokens.Length ? tokens[id] : throw metadata.Error($"tokenizer.ggml.{role}_token_id is {id}, beyond its {tokens.Length} tokens");
    }
}
