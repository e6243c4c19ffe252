using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.LayerNormed;

/// <summary>
/// GPT-2 (Radford et al. 2019): layer norms, learned positions, one layer for queries, keys and values, a plain feed-forward, biases
/// everywhere, and weights stored with a row an input. Reference: transformers <c>modeling_gpt2.py</c>.
/// </summary>
internal sealed class Gpt2 : IFamily
{
    private static readonly SizeDefaults s_sizes = new(50257, 768, 3072, 12, 12, null, 1024) { GroupedQueries = false, ReadsHeadSize = false };

    /// <inheritdoc />
    public string ModelType => "gpt2";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes with { Fields = Fields(config), IntermediateFactor = 4 });
        var epsilon = config.Double("layer_norm_epsilon", 1e-5);
        var (scales, scalesByLayer) = (config.Bool("scale_attn_weights", true), config.Bool("scale_attn_by_inverse_layer_idx", false));
        var activation = config.Activation("activation_function", "gelu_new");
        var embedding = Building.Embedding(sizes, "transformer.wte.weight");
        var head = LinearSpecification.Create("lm_head", sizes.Hidden, sizes.Vocabulary);
        return new DecoderSpecification
        {
            Family = ModelType,
            HiddenSize = sizes.Hidden,
            MaximumPositions = sizes.Positions,
            Embedding = embedding,
            PositionEmbedding = ParameterSpecification.Matrix("transformer.wpe.weight", sizes.Positions, sizes.Hidden),
            Layers =
            [
                .. Enumerable.Range(0, sizes.Layers).Select(layer =>
                {
                    var prefix = $"transformer.h.{layer}";
                    var mlp = Building.PlainMlp($"{prefix}.mlp.c_fc", $"{prefix}.mlp.c_proj", sizes, activation, bias: true);
                    var scores = Building.Scores(sizes) with { Scale = (scales ? 1 / Math.Sqrt(sizes.HeadSize) : 1) / (scalesByLayer ? layer + 1 : 1) };
                    return new LayerSpecification
                    {
                        MixerNorm = NormSpecification.Layer($"{prefix}.ln_1", sizes.Hidden, epsilon, bias: true),
                        Mixer = Building.Attention($"{prefix}.attn", sizes, rotary: null, scores) with
                        {
                            Projections = [Transposed(Building.FusedQkv($"{prefix}.attn.c_attn", sizes, bias: true))],
                            Output = Transposed(LinearSpecification.Create($"{prefix}.attn.c_proj", sizes.Hidden, sizes.Hidden, bias: true)),
                        },
                        FeedForwardNorm = NormSpecification.Layer($"{prefix}.ln_2", sizes.Hidden, epsilon, bias: true),
                        FeedForward = mlp with { Projections = [.. mlp.Projections.Select(Transposed)], Down = Transposed(mlp.Down) },
                    };
                }),
            ],
            FinalNorm = NormSpecification.Layer("transformer.ln_f", sizes.Hidden, epsilon, bias: true),
            Head = new HeadSpecification(config.Bool("tie_word_embeddings", true) ? head with { Weight = embedding } : head),
        };
    }

    /// <summary>The reference also takes the names that other families have, and prefers them.</summary>
    private static SizeFields Fields(ConfigReader config)
    {
        return new SizeFields(
            Of("hidden_size", "n_embd"), "n_inner", Of("num_hidden_layers", "n_layer"), Of("num_attention_heads", "n_head"), Of("max_position_embeddings", "n_positions"));

        string Of(string usual, string own) => config.HasKey(usual) ? usual : own;
    }

    private static LinearSpecification Transposed(LinearSpecification linear) => linear with { Weight = linear.Weight with { StoredTransposed = true } };
}
