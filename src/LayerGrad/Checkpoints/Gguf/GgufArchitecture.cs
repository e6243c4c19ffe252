using System.Text.Json.Nodes;

namespace LayerGrad.Checkpoints.Gguf;

/// <summary>How a model family is written in GGUF, and what it is called by Hugging Face.</summary>
/// <param name="Name">The value of <c>general.architecture</c>.</param>
/// <param name="ModelType">Hugging Face's <c>model_type</c>.</param>
/// <param name="Names">
/// Hugging Face's name for each of the format's, both without layer and without <c>.weight</c> or <c>.bias</c>. A name
/// with <c>{e}</c> stands for the slices of a stacked tensor, names with <c>|</c> between them for the row
/// blocks (query, key, value) of a fused one. One that begins with <c>^</c> or <c>_</c> is the upper or the lower half of the rows of a tensor that
/// the converter has split. A name of the format with <c>.bias</c> is a tensor whose name at Hugging Face has no such end.
/// </param>
/// <param name="Configure">Adds the fields of the family to the common ones.</param>
internal sealed record GgufArchitecture(
    string Name,
    Func<GgufModel, string> ModelType,
    IReadOnlyDictionary<string, string> Names,
    Action<GgufModel, JsonObject> Configure)
{
    /// <summary>What precedes the layer's number in Hugging Face's names.</summary>
    public string LayerPrefix { get; init; } = "model.layers.";

    /// <summary>Hugging Face's name of the norm's epsilon.</summary>
    public string EpsilonField { get; init; } = "rms_norm_eps";

    /// <summary>The norm's epsilon in the format.</summary>
    public string EpsilonKey => EpsilonField == "rms_norm_eps" ? "attention.layer_norm_rms_epsilon" : "attention.layer_norm_epsilon";

    /// <summary>Whether the converter interleaves the rotary halves of query and key rows; see <see cref="RowOrder.InterleavedHalves"/>.</summary>
    public bool InterleavesRotaryHalves { get; init; }

    /// <summary>Names of the format whose tensor may be a vector, which Hugging Face's class has as a matrix of one row.</summary>
    public IReadOnlyList<string> OneRow { get; init; } = [];

    /// <summary>What the converter adds to norm weights.</summary>
    public float NormOffset { get; init; }

    /// <summary>The configuration in Hugging Face's form.</summary>
    public JsonObject Config(GgufModel model)
    {
        var embedding = model.Tensors.GetValueOrDefault("token_embd.weight")
            ?? throw new InputException($"{model.Path}: has no tensor 'token_embd.weight'; it is cut off, or not a language model");
        if (model.Find("attention.causal") is false)
            throw new InputException($"{model.Path}: '{Name}.attention.causal' is false: the model looks at later tokens too, which LayerGrad does not implement; give a causal language model");
        var theta = model.FindNumber("rope.freq_base") ?? 10000;
        var config = new JsonObject
        {
            ["model_type"] = ModelType(model),
            ["hidden_size"] = model.Width,
            ["intermediate_size"] = IntermediateSize(model),
            ["num_hidden_layers"] = model.MainLayers,
            ["num_attention_heads"] = model.Heads,
            ["num_key_value_heads"] = model.KeyValueHeads,
            ["head_dim"] = model.HeadWidth,
            ["vocab_size"] = embedding.Shape[0],
            ["max_position_embeddings"] = model.FindInteger("context_length"),
            [EpsilonField] = model.Number(EpsilonKey),
            ["hidden_act"] = "silu",
            ["rope_theta"] = theta,
            ["rope_scaling"] = GgufRope.Scaling(model, theta),
            ["tie_word_embeddings"] = !model.Tensors.ContainsKey("output.weight"),
            ["bos_token_id"] = TokenId(model, "bos"),
            ["eos_token_id"] = TokenId(model, "eos"),
        };
        if (model.FindInteger("rope.dimension_count") is { } rotary && rotary != model.HeadWidth)
            config["partial_rotary_factor"] = PartialRotaryFactor(rotary, model.HeadWidth);
        Configure(model, config);
        return config;
    }

    private static long? TokenId(GgufModel model, string token) =>
        model.Metadata.GetValueOrDefault($"tokenizer.ggml.{token}_token_id") is long id ? id : null;

    /// <summary>The width of the MLP: what its tensors have, because converters do not always write the right number.</summary>
    private static long IntermediateSize(GgufModel model)
    {
        var rows = (model.FindInLayers("ffn_up.weight") ?? model.FindInLayers("ffn_up_exps.weight"))?.Shape[^2];
        if (rows is null || model.HasInLayers("ffn_gate.weight"))
            return rows ?? model.Integer("feed_forward_length");
        // Without a gate of its own the up projection may hold the gate too: then down takes half of its rows.
        return model.FindInLayers("ffn_down.weight")?.Shape[^1] ?? rows.Value;
    }

    /// <summary>The fraction f with <c>(int)(head · f) == rotary</c>, which is how Hugging Face's models use it.</summary>
    private static double PartialRotaryFactor(long rotary, long head)
    {
        var fraction = (double)rotary / head;
        return (long)(head * fraction) == rotary ? fraction : Math.BitIncrement(fraction);
    }
}
