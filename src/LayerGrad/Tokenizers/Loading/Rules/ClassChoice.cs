using LayerGrad.Json;

namespace LayerGrad.Tokenizers.Loading.Rules;

/// <summary>Which tokenizer class transformers takes for the files of a folder (<c>AutoTokenizer.from_pretrained</c>).</summary>
internal static class ClassChoice
{
    /// <summary>What the class does that is taken.</summary>
    /// <param name="files">The files beside tokenizer.json.</param>
    /// <param name="tokenizer">The tokenizer.json.</param>
    /// <param name="rules">The version.</param>
    /// <exception cref="InputException">The version takes no class, or one of which LayerGrad does not know what it does.</exception>
    public static ClassRules Choose(TokenizerSettings files, TokenizerDescription tokenizer, TokenizerRules rules)
    {
        var name = rules == TokenizerRules.Transformers4 ? NameUnder4(files) : NameUnder5(files, tokenizer);
        return TokenizerClasses.Find(name)?.Under(rules) ?? throw Unknown(files, name, rules);
    }

    /// <summary>Version 4 goes by the name; only without one by the model type.</summary>
    private static string NameUnder4(TokenizerSettings files)
    {
        if (files.ClassName is { } name)
            return Plainly(name) == "TokenizersBackend" ? TokenizerClasses.Plain : Plainly(name); // what version 5 calls the same class
        if (files.ModelType.Length == 0)
            return TokenizerClasses.Plain;
        return RegisteredClasses.Find(files.ModelType, TokenizerRules.Transformers4) ?? throw (files.ModelConfig ?? files.Config)!.Value.Error(
            $"tokenizer_config.json names no tokenizer_class, and LayerGrad knows none that transformers 4.57 takes for model_type {JsonValue.Shortened(files.ModelType)}; write one there, or read the files with --tokenizer-rules transformers-5");
    }

    /// <summary>Version 5 weighs the name against the class that is registered for the model type.</summary>
    private static string NameUnder5(TokenizerSettings files, TokenizerDescription tokenizer)
    {
        var registered = RegisteredClasses.Find(files.ModelType, TokenizerRules.Transformers5);
        if (files.ClassName is not { } written)
            return registered ?? TokenizerClasses.Plain;
        var name = Plainly(written);
        var isCorrect = !RegisteredClasses.NamedWrongly.Contains(files.ModelType) && !RegisteredClasses.Mistral.Contains(files.ModelType);
        if (name == "LlamaTokenizer" && isCorrect && HasBytes(tokenizer))
            return TokenizerClasses.Plain;
        if (registered == TokenizerClasses.Plain)
            return TokenizerClasses.Plain;
        if (registered is not null && registered != name && RegisteredClasses.NamedWrongly.Contains(files.ModelType))
            return registered;
        return TokenizerClasses.Find(name) is null && !s_unrecorded.Contains(name) ? TokenizerClasses.Plain : name;
    }

    /// <summary>Classes of transformers 5 that rebuild a tokenizer in ways of which LayerGrad has no record; they belong to no decoder-only model.</summary>
    private static readonly HashSet<string> s_unrecorded =
    [
        "AlbertTokenizer", "BarthezTokenizer", "BartTokenizer", "BigBirdTokenizer", "BlenderbotTokenizer", "CamembertTokenizer", "CLIPTokenizer", "CpmTokenizer", "DebertaTokenizer",
        "DebertaV2Tokenizer", "DPRQuestionEncoderTokenizer", "FNetTokenizer", "FunnelTokenizer", "GPTSw3Tokenizer", "HerbertTokenizer", "LayoutLMv2Tokenizer", "LayoutLMv3Tokenizer",
        "LayoutXLMTokenizer", "LEDTokenizer", "LxmertTokenizer", "MarkupLMTokenizer", "MBartTokenizer", "MBart50Tokenizer", "MobileBertTokenizer", "MPNetTokenizer", "MvpTokenizer",
        "NllbTokenizer", "NougatTokenizer", "OpenAIGPTTokenizer", "PegasusTokenizer", "PLBartTokenizer", "ReformerTokenizer", "RemBertTokenizer", "RoFormerTokenizer",
        "SeamlessM4TTokenizer", "Siglip2Tokenizer", "T5Tokenizer", "UdopTokenizer", "WhisperTokenizer", "XGLMTokenizer", "XLMRobertaTokenizer", "XLNetTokenizer",
    ];

    private static bool HasBytes(TokenizerDescription tokenizer) => IsByteLevel(tokenizer.PreTokenizer, "pretokenizers") || IsByteLevel(tokenizer.Decoder, "decoders");

    private static bool IsByteLevel(JsonValue? part, string steps) => part is { } json
        && (json.OptionalText("type") == "ByteLevel" || json.OptionalArray(steps).Any(step => step.OptionalText("type") == "ByteLevel"));

    private static string Plainly(string name) => name.EndsWith("Fast", StringComparison.Ordinal) ? name[..^"Fast".Length] : name;

    private static InputException Unknown(TokenizerSettings files, string name, TokenizerRules rules)
    {
        var source = (files.Config ?? files.ModelConfig)!.Value;
        return source.Error(rules == TokenizerRules.Transformers4
            ? $"tokenizer_class is {JsonValue.Shortened(name)}, which transformers 4.57 lacks or of which LayerGrad does not know what it does; --tokenizer-rules transformers-5 may read the files"
            : $"tokenizer_class is {JsonValue.Shortened(name)}, of which LayerGrad does not know what transformers 5 makes of it");
    }
}
