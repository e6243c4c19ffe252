using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Wrappers;

/// <summary>
/// The language model within a model that also sees: its configuration stands under <c>text_config</c>, its tensors under
/// <c>language_model.</c>, and given text alone the other parts take no part in the loss.
/// </summary>
internal static class TextModel
{
    /// <summary>What the tensors of the other parts begin with, by the names of all wrappers.</summary>
    private static readonly string[] s_parts =
        ["vision_tower.", "vision_model.", "visual.", "multi_modal_projector.", "model.vision_tower.", "model.vision_model.", "model.visual.", "model.multi_modal_projector.",
            "audio_tower.", "embed_vision.", "embed_audio.", "model.audio_tower.", "model.embed_vision.", "model.embed_audio."];

    /// <summary>Fields of the wrapper that concern the other parts alone.</summary>
    private static readonly string[] s_fields =
    [
        "vision_config", "vision_feature_layer", "image_token_id", "image_token_index", "video_token_id", "vision_token_id", "vision_start_token_id", "vision_end_token_id",
        "boi_token_index", "eoi_token_index", "boi_token_id", "eoi_token_id", "mm_tokens_per_image", "multimodal_projector_bias", "projector_hidden_act", "spatial_merge_size",
        "audio_config", "audio_token_id", "boa_token_id", "eoa_token_id", "eoa_token_index",
    ];

    /// <summary>Whether a tensor belongs to another part than the language model.</summary>
    /// <param name="name">Its name.</param>
    public static bool IsOtherPart(string name) => Array.Exists(s_parts, part => name.StartsWith(part, StringComparison.Ordinal));

    /// <summary>The configuration of the language model.</summary>
    /// <param name="config">The wrapper's configuration.</param>
    /// <exception cref="InputException">It has none.</exception>
    public static ConfigReader Config(ConfigReader config) => config.Object("text_config") ?? throw config.Missing("text_config");

    /// <summary>The language model as that of a wrapper of which the configuration ties head and embedding if it says so in either place.</summary>
    /// <param name="config">The wrapper's configuration.</param>
    /// <param name="family">The wrapper's <c>model_type</c>.</param>
    /// <param name="describe">Describes the language model by itself.</param>
    public static DecoderSpecification WithinEitherTied(ConfigReader config, string family, Func<ConfigReader, DecoderSpecification> describe)
    {
        var text = describe(Config(config));
        return Within(config, family, text, text.IsTied || config.Bool("tie_word_embeddings", false));
    }

    /// <summary>The language model as that of its wrapper.</summary>
    /// <param name="config">The wrapper's configuration.</param>
    /// <param name="family">The wrapper's <c>model_type</c>.</param>
    /// <param name="text">The language model by itself.</param>
    /// <param name="tied">Whether the wrapper ties head and embedding; what <c>text_config</c> says of it counts for nothing.</param>
    public static DecoderSpecification Within(ConfigReader config, string family, DecoderSpecification text, bool tied)
    {
        foreach (var field in s_fields)
            config.Ignore(field);
        var weight = tied ? text.Embedding : ParameterSpecification.Matrix("lm_head.weight", text.VocabularySize, text.HiddenSize);
        return text with { Family = family, OtherParts = [.. s_parts, .. text.OtherParts], Head = text.Head with { Linear = text.Head.Linear with { Weight = weight } } };
    }
}
