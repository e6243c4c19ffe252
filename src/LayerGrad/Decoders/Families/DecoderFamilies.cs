using System.Text.Json;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families;

/// <summary>The families that LayerGrad knows.</summary>
public static class DecoderFamilies
{
    private static readonly IFamily[] s_all =
    [
        new Llama(), new Mistral(), new Qwen2(), new Qwen3(), new Gemma(), new Gemma2(), new Gemma3(), new Phi3(), new Olmo2(),
        new Granite(), new Mixtral(), new Qwen3Moe(), new Olmoe(), new Phi(), new Cohere(), new Glm(), new Starcoder2(), new StableLm(), new GptNeoX(),
    ];

    /// <summary>The values of <c>model_type</c> that are supported, in alphabetical order.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. s_all.Select(family => family.ModelType).Order(StringComparer.Ordinal)];

    /// <summary>Describes the decoder of a configuration.</summary>
    /// <param name="config">The contents of <c>config.json</c>.</param>
    /// <param name="location">Where it comes from, for messages.</param>
    /// <exception cref="InputException">The family or one of its settings is not implemented exactly.</exception>
    public static DecoderSpecification Describe(JsonElement config, string location)
    {
        var reader = new ConfigReader(config, location);
        reader.RefuseIfPresent("quantization_config", "weights in F32, F16, BF16 or GGUF's quantised types");
        var modelType = reader.Text("model_type");
        var family = Array.Find(s_all, family => family.ModelType == modelType)
            ?? throw reader.Unsupported("model_type", modelType, string.Join(", ", Names));
        return family.Describe(reader);
    }

    /// <summary>The family that comes nearest to a model, and what of the model it does not understand.</summary>
    /// <param name="config">The contents of <c>config.json</c>.</param>
    /// <param name="tensors">The names of the model's tensors.</param>
    /// <returns>Null where no family can make anything of the configuration.</returns>
    public static NearestFamily? Nearest(JsonElement config, IReadOnlyCollection<string> tensors) => NearestFamily.Find(s_all, config, tensors);
}
