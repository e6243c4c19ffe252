using LayerGrad.Compute;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Families.Wrappers;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Hybrid;

/// <summary>
/// Gemma 4: five local layers to each global one, whose heads are wider; values with a norm without a weight; last layers that take the keys and values of an
/// earlier one; inputs of each layer's own. By itself, or within the model that also sees and hears. Reference: transformers <c>modeling_gemma4.py</c>.
/// </summary>
/// <param name="isWrapper">Whether it is the model that also sees.</param>
internal sealed class Gemma4(bool isWrapper) : IFamily
{
    private static readonly SizeDefaults s_sizes = new(262144, 2304, 9216, 30, 8, 4, 131072) { HeadSize = 256, HeadSizeMayBeNull = false, KeyValueHeadsMayBeNull = false };

    /// <inheritdoc />
    public string ModelType => isWrapper ? "gemma4" : "gemma4_text";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config) => isWrapper
        ? TextModel.Within(config, ModelType, Text(TextModel.Config(config)), config.Bool("tie_word_embeddings", true))
        : Text(config);

    private static DecoderSpecification Text(ConfigReader config)
    {
        if (config.Has("use_bidirectional_attention") && config.Text("use_bidirectional_attention") != "vision")
            throw config.Unsupported("use_bidirectional_attention", "null and vision, which leaves text causal");
        var sizes = Sizes.Read(config, s_sizes);
        var attention = new Gemma4Attention(config, sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var activation = config.Activation("hidden_activation", "gelu_pytorch_tanh");
        var wide = config.Bool("use_double_wide_mlp", false);
        var inputs = Inputs(config, sizes, epsilon);
        var experts = ExpertsOf(config, sizes, epsilon, activation);
        var decoder = Building.Decoder(config, "gemma4_text", sizes, epsilon, tiedByDefault: true, layer =>
        {
            var prefix = Building.Layer(layer);
            return new LayerSpecification
            {
                MixerNorm = Norm("input_layernorm"),
                Mixer = attention.Of(layer, epsilon),
                MixerOutputNorm = Norm("post_attention_layernorm"),
                FeedForwardNorm = experts is null ? Norm("pre_feedforward_layernorm") : null,
                FeedForward = experts is null ? Dense() : new ExpertsBesideDenseSpecification(
                    Norm("pre_feedforward_layernorm"), Dense(), Norm("post_feedforward_layernorm_1"), experts(prefix), Norm("post_feedforward_layernorm_2")),
                FeedForwardOutputNorm = Norm("post_feedforward_layernorm"),
                PerLayer = inputs is null ? null : new PerLayerBranchSpecification(
                    LinearSpecification.Create($"{prefix}.per_layer_input_gate", sizes.Hidden, inputs.Size),
                    LinearSpecification.Create($"{prefix}.per_layer_projection", inputs.Size, sizes.Hidden), activation, layer),
                PerLayerOutputNorm = inputs is null ? null : Norm("post_per_layer_input_norm"),
                OutputScale = ParameterSpecification.Vector($"{prefix}.layer_scalar", 1) with { IsBuffer = true },
            };

            DenseFeedForwardSpecification Dense() =>
                Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate * (wide && attention.IsSharing(layer) ? 2 : 1), activation);

            NormSpecification Norm(string name) => NormSpecification.Rms($"{prefix}.{name}", sizes.Hidden, epsilon);
        });
        return decoder with
        {
            EmbeddingScale = Math.Sqrt(sizes.Hidden),
            PerLayerInputs = inputs,
            Head = decoder.Head with { SoftCap = Building.Cap(config, "final_logit_softcapping", null) },
        };
    }

    /// <summary>Makes the experts of a layer, which stand beside feed-forward; null where there are none.</summary>
    private static Func<string, MixtureOfExpertsSpecification>? ExpertsOf(ConfigReader config, Sizes sizes, double epsilon, Activation activation)
    {
        string[] fields = ["num_experts", "top_k_experts", "moe_intermediate_size"];
        if (!config.Bool("enable_moe_block", false))
        {
            foreach (var field in fields)
                config.Ignore(field);
            return null;
        }

        if (Array.Find(fields, field => !config.Has(field)) is { } missing)
            throw config.Missing(missing);
        var (count, perToken) = Experts.Read(config, fields[..1], 1, fields[1..2], 1);
        var columns = config.Size(fields[2]);
        return prefix => Experts.Stacked(Experts.Mixture(
            prefix, sizes.Hidden, columns, count, new RoutingSpecification(perToken) { Renormalize = true }, activation, "router.proj")) with
        {
            RouterNorm = new NormSpecification(NormKind.Rms, ParameterSpecification.Vector($"{prefix}.router.scale", sizes.Hidden), null, sizes.Hidden, epsilon),
            RouterScale = 1 / Math.Sqrt(sizes.Hidden),
            ExpertNorm = NormSpecification.Rms($"{prefix}.pre_feedforward_layernorm_2", sizes.Hidden, epsilon),
            ExpertScales = ParameterSpecification.Vector($"{prefix}.router.per_expert_scale", count),
        };
    }

    private static PerLayerInputsSpecification? Inputs(ConfigReader config, Sizes sizes, double epsilon)
    {
        const string Field = "hidden_size_per_layer_input";
        var size = config.HasKey(Field) && !config.Has(Field) ? 0 : config.Int(Field, 256, 0, 1 << 16);
        var vocabulary = config.Size("vocab_size_per_layer_input", 262144);
        if (size == 0)
            return null;
        if (vocabulary != sizes.Vocabulary)
            throw config.Unsupported("vocab_size_per_layer_input", $"vocab_size, which is {sizes.Vocabulary}");
        if ((long)size * sizes.Layers > 1 << 28)
            throw config.Inconsistent($"{Field} {size} for num_hidden_layers {sizes.Layers} are more columns than any matrix has");
        return new PerLayerInputsSpecification(
            ParameterSpecification.Matrix("model.embed_tokens_per_layer.weight", vocabulary, size * sizes.Layers),
            LinearSpecification.Create("model.per_layer_model_projection", sizes.Hidden, size * sizes.Layers),
            NormSpecification.Rms("model.per_layer_projection_norm", size, epsilon) with { Groups = sizes.Layers }, size);
    }
}
