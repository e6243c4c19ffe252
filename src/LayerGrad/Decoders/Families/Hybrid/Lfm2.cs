using LayerGrad.Compute;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Hybrid;

/// <summary>
/// Liquid AI's LFM2 (arXiv 2511.23404): gated short convolutions in most layers, attention with norms of heads in the others.
/// Reference: transformers <c>modeling_lfm2.py</c>.
/// </summary>
internal sealed class Lfm2 : IFamily
{
    private const int MostTaps = 16;

    private static readonly SizeDefaults s_sizes = new(65536, 2560, 12288, 32, 32, 8, 128000);

    /// <inheritdoc />
    public string ModelType => "lfm2";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        var sizes = Sizes.Read(config, s_sizes);
        sizes = sizes with { Intermediate = Columns(config, sizes) };
        var epsilon = config.Double("norm_eps", 1e-5);
        var rotary = RotaryReader.Read(config, sizes, new RotaryRules { Theta = 1_000_000, ThetaField = config.HasKey("theta") ? "theta" : "rope_theta" });
        var (bias, taps, isFull) = (config.Bool("conv_bias", false), config.Int("conv_L_cache", 3, 1, MostTaps), FullLayers(config, sizes));
        foreach (var field in (string[])["conv_dim", "block_dim"])
            config.IgnoreIfEqual(field, sizes.Hidden);
        var tied = config.Bool("tie_embedding", config.Bool("tie_word_embeddings", true));
        var decoder = Building.Decoder(config, ModelType, sizes, NormSpecification.Rms("model.embedding_norm", sizes.Hidden, epsilon), tiedByDefault: true, layer =>
        {
            var prefix = Building.Layer(layer);
            return new LayerSpecification
            {
                MixerNorm = NormSpecification.Rms($"{prefix}.operator_norm", sizes.Hidden, epsilon),
                Mixer = isFull[layer] ? Attention($"{prefix}.self_attn") : Convolution($"{prefix}.conv"),
                FeedForwardNorm = NormSpecification.Rms($"{prefix}.ffn_norm", sizes.Hidden, epsilon),
                FeedForward = FeedForward($"{prefix}.feed_forward"),
            };
        });
        var head = LinearSpecification.Create("lm_head", sizes.Hidden, sizes.Vocabulary);
        return decoder with { Head = new HeadSpecification(tied ? head with { Weight = decoder.Embedding } : head) };

        AttentionSpecification Attention(string prefix) => Building.WithHeadNorms(
            Building.Attention(prefix, sizes, rotary, Building.Scores(sizes), output: "out_proj"), $"{prefix}.q_layernorm", $"{prefix}.k_layernorm", epsilon);

        ShortConvolutionSpecification Convolution(string prefix) => new(
            LinearSpecification.Create($"{prefix}.in_proj", sizes.Hidden, 3 * sizes.Hidden, bias),
            ParameterSpecification.Matrix($"{prefix}.conv.weight", sizes.Hidden, taps) with { IsConvolution = true },
            bias ? ParameterSpecification.Vector($"{prefix}.conv.bias", sizes.Hidden) : null,
            LinearSpecification.Create($"{prefix}.out_proj", sizes.Hidden, sizes.Hidden, bias));

        DenseFeedForwardSpecification FeedForward(string prefix) => new(
            [LinearSpecification.Create($"{prefix}.w1", sizes.Hidden, sizes.Intermediate), LinearSpecification.Create($"{prefix}.w3", sizes.Hidden, sizes.Intermediate)],
            LinearSpecification.Create($"{prefix}.w2", sizes.Intermediate, sizes.Hidden), Activation.Silu, Gated: true);
    }

    /// <summary>Two thirds of what the configuration says, times a factor, rounded up to a multiple; or what it says.</summary>
    private static int Columns(ConfigReader config, Sizes sizes)
    {
        var columns = config.HasKey("block_ff_dim") ? config.Size("block_ff_dim") : sizes.Intermediate;
        var (multiple, factor) = (config.Size("block_multiple_of", 256), config.HasKey("block_ffn_dim_multiplier") ? config.OptionalPositiveDouble("block_ffn_dim_multiplier") : 1);
        if (!config.Bool("block_auto_adjust_ff_dim", true))
            return columns;
        var adjusted = Math.Floor((factor ?? 1) * Math.Floor(2.0 * columns / 3));
        var rounded = multiple * Math.Ceiling(adjusted / multiple);
        return rounded is >= 1 and <= 1 << 28
            ? (int)rounded
            : throw config.Inconsistent($"intermediate_size {columns} with block_ffn_dim_multiplier {factor} and block_multiple_of {multiple} gives {rounded} columns, which no matrix has");
    }

    /// <summary>Which layers have attention; where nothing says it, all of them.</summary>
    private static bool[] FullLayers(ConfigReader config, Sizes sizes)
    {
        if (config.Items("layer_types") is not { } types)
            return [.. Enumerable.Range(0, sizes.Layers).Select(layer => config.Ints("full_attn_idxs")?.Contains(layer) ?? true)];
        config.Ignore("full_attn_idxs");
        if (types.Count != sizes.Layers)
            throw config.Inconsistent($"layer_types names {types.Count} layers, but num_hidden_layers is {sizes.Layers}");
        return [.. types.Select(type => type.AsText() switch
        {
            "full_attention" => true,
            "conv" => false,
            _ => throw type.Wrong("full_attention or conv, the kinds that this family has"),
        })];
    }
}
