using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// GPT-NeoX and Pythia (arXiv 2204.06745, 2304.01373): layer norm, one layer for queries, keys and values in which the
/// heads interleave, a plain feed-forward; side by side on norms of their own, or one after the other.
/// Reference: transformers <c>modeling_gpt_neox.py</c>.
/// </summary>
internal sealed class GptNeoX : IFamily
{
    private static readonly SizeDefaults s_sizes = new(50432, 6144, 24576, 44, 64, null, 2048) { ReadsHeadSize = false, GroupedQueries = false };

    /// <inheritdoc />
    public string ModelType => "gpt_neox";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("layer_norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { ThetaField = "rotary_emb_base", Part = 0.25, PartField = "rotary_pct" });
        var bias = config.Bool("attention_bias", true);
        var parallel = config.Bool("use_parallel_residual", true);
        var activation = config.Activation("hidden_act", "gelu");
        var embedding = Building.Embedding(sizes, "gpt_neox.embed_in.weight");
        var head = LinearSpecification.Create("embed_out", sizes.Hidden, sizes.Vocabulary);
        return new DecoderSpecification
        {
            Family = ModelType,
            HiddenSize = sizes.Hidden,
            MaximumPositions = sizes.Positions,
            Embedding = embedding,
            Layers =
            [
                .. Enumerable.Range(0, sizes.Layers).Select(layer => $"gpt_neox.layers.{layer}").Select(prefix => new LayerSpecification
                {
                    MixerNorm = NormSpecification.Layer($"{prefix}.input_layernorm", sizes.Hidden, epsilon, bias: true),
                    Mixer = Building.Attention($"{prefix}.attention", sizes, rotary, Building.Scores(sizes), outputBias: bias, output: "dense") with
                    {
                        Projections = [Qkv($"{prefix}.attention.query_key_value")],
                        Layout = QkvLayout.InterleavedByHead,
                    },
                    FeedForwardNorm = NormSpecification.Layer($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon, bias: true),
                    FeedForward = Building.PlainMlp($"{prefix}.mlp.dense_h_to_4h", $"{prefix}.mlp.dense_4h_to_h", sizes, activation, bias: true),
                    ParallelResidual = parallel,
                }),
            ],
            FinalNorm = NormSpecification.Layer("gpt_neox.final_layer_norm", sizes.Hidden, epsilon, bias: true),
            Head = new HeadSpecification(config.Bool("tie_word_embeddings", false) ? new LinearSpecification(embedding, null) : head),
        };

        LinearSpecification Qkv(string name) => LinearSpecification.Create(name, sizes.Hidden, 3 * sizes.Heads * sizes.HeadSize, bias) with
        {
            Parts =
            [
                .. new[] { "q_proj", "k_proj", "v_proj" }.Select((part, i) =>
                    new FusedPart(part, i * sizes.HeadSize, sizes.HeadSize, sizes.Heads, 3 * sizes.HeadSize)),
            ],
        };
    }
}
