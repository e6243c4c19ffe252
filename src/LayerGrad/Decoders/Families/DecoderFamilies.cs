using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders.Families.Dense;
using LayerGrad.Decoders.Families.Hybrid;
using LayerGrad.Decoders.Families.LayerNormed;
using LayerGrad.Decoders.Families.Mixtures;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Families.Wrappers;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families;

/// <summary>The families that LayerGrad knows.</summary>
internal static class DecoderFamilies
{
    private static readonly IFamily[] s_all =
    [
        new Llama(), new Mistral(), new Qwen2(), new Qwen3(), new Gemma(), new Gemma2(), new Gemma3(), new Phi3(), new Olmo2(),
        new Granite(), new Mixtral(), new Qwen3Moe(), new Olmoe(), new Phi(), new Cohere(), new Glm(), new Starcoder2(), new StableLm(), new GptNeoX(),
        new SmolLm3(), new Olmo3(), new Glm4(), new SeedOss(), new Ernie45(), new Exaone4(), new HunyuanDense(), new Ministral3(), new Apertus(),
        new Cohere2(), new Nemotron(), new Gpt2(), new Gemma3Vision(), new Mistral3(), new Qwen25Vl(), new Qwen3Vl(),
        new Qwen2Moe(), new GraniteMoeShared(), new Glm4Moe(), new MiniMaxM2(), new Ernie45Moe(), new HunyuanMoe(), new GptOss(), new DeepseekV2(), new DeepseekV3(), new Mistral4(),
        new Qwen3Next(), new Qwen35(isWrapper: false), new Qwen35(isWrapper: true), new Qwen35Moe(isWrapper: false), new Qwen35Moe(isWrapper: true),
        new Gemma4(isWrapper: false), new Gemma4(isWrapper: true), new Lfm2(),
    ];

    /// <summary>The values of <c>model_type</c> that are supported, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_all.Select(family => family.ModelType).Order(StringComparer.Ordinal)];

    /// <summary>Describes the decoder of a checkpoint; numbers of layers and experts are believed as far as there are tensors of them.</summary>
    /// <param name="checkpoint">The checkpoint.</param>
    /// <exception cref="InputException">The family or one of its settings is not implemented exactly.</exception>
    public static DecoderSpecification Describe(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return Describe(new ConfigReader(checkpoint.Config, checkpoint.ConfigPlace, TensorCounts.Of(checkpoint.Tensors.Keys.Where(static name => !TextModel.IsOtherPart(name)))));
    }

    /// <summary>Describes the decoder of a configuration.</summary>
    /// <param name="config">The contents of <c>config.json</c>.</param>
    /// <param name="location">Where it comes from, for messages.</param>
    /// <exception cref="InputException">The family or one of its settings is not implemented exactly.</exception>
    public static DecoderSpecification Describe(JsonElement config, string location) => Describe(new ConfigReader(config, location));

    /// <summary>A family by its <c>model_type</c>, or null.</summary>
    internal static IFamily? Find(string modelType) => Array.Find(s_all, family => family.ModelType == modelType);

    private static DecoderSpecification Describe(ConfigReader reader)
    {
        Refuse(reader);
        if (reader.IsObject("text_config"))
            Refuse(reader.Object("text_config")!);
        var modelType = reader.Text("model_type");
        var family = Find(modelType)
            ?? throw reader.Unsupported("model_type", string.Join(", ", Names));
        var specification = family.Describe(reader);
        return specification with { UnusedFields = [.. reader.Unread.Where(field => NeutralFields.Reason(field) is null)] };
    }

    /// <summary>Refuses what the reference would obey in every family.</summary>
    private static void Refuse(ConfigReader reader)
    {
        QuantizationRules.Check(reader);
        reader.RefuseUnless("is_causal", harmless: true, "true");
        reader.RefuseUnless("is_encoder_decoder", harmless: false, "false");
        reader.RefuseUnless("add_cross_attention", harmless: false, "false");
    }

    /// <summary>The family that comes nearest to a model, and what of the model it does not understand.</summary>
    /// <param name="config">The contents of <c>config.json</c>.</param>
    /// <param name="tensors">The names of the model's tensors.</param>
    /// <returns>Null where no family can make anything of the configuration.</returns>
    public static NearestFamily? Nearest(JsonElement config, IReadOnlyCollection<string> tensors) => NearestFamily.Find(s_all, config, tensors);
}
