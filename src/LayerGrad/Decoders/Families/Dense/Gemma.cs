using LayerGrad.Compute;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Dense;

/// <summary>
/// Gemma (arXiv 2403.08295): Llama with GeGLU, norms whose weights are stored less one, and an embedding times √hidden,
/// tied to the head. Reference: transformers <c>modeling_gemma.py</c>.
/// </summary>
internal sealed class Gemma : IFamily
{
    private static readonly SizeDefaults s_sizes = new(256000, 3072, 24576, 28, 16, 16, 8192) { HeadSize = 256 };

    /// <inheritdoc />
    public string ModelType => "gemma";

    /// <inheritdoc />
    public DecoderSpecification Describe(ConfigReader config)
    {
        config.RefuseUnless("use_bidirectional_attention", harmless: false, "false");
        var sizes = Sizes.Read(config, s_sizes);
        var epsilon = config.Double("rms_norm_eps", 1e-6);
        var rotary = RotaryReader.Read(config, sizes);
        var bias = config.Bool("attention_bias", false);
        var activation = Activation(config);
        return Gemma2.Decoder(config, ModelType, sizes, epsilon, cap: null, layer =>
        {
            var prefix = Building.Layer(layer);
            return new LayerSpecification
            {
                MixerNorm = NormSpecification.Rms($"{prefix}.input_layernorm", sizes.Hidden, epsilon, addsOne: true),
                Mixer = Building.Attention($"{prefix}.self_attn", sizes, rotary, Building.Scores(sizes), bias, bias),
                FeedForwardNorm = NormSpecification.Rms($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon, addsOne: true),
                FeedForward = Building.GatedMlp($"{prefix}.mlp", sizes.Hidden, sizes.Intermediate, activation),
            };
        });
    }

    /// <summary>
    /// <c>hidden_act</c>; its <c>gelu</c>, which the first configurations had by mistake, is the tanh form that the models were trained with.
    /// </summary>
    private static Activation Activation(ConfigReader config)
    {
        const string Other = "hidden_activation";
        var activation = config.Activation("hidden_act", "gelu_pytorch_tanh");
        var isTanh = !config.Has(Other) || config.Text(Other) == "gelu_pytorch_tanh";
        if (activation == Compute.Activation.Gelu)
            return isTanh ? Compute.Activation.GeluTanh : throw config.Unsupported(Other, "gelu_pytorch_tanh where hidden_act is gelu");
        if (!isTanh || activation != Compute.Activation.GeluTanh)
            config.TellUnused(Other);
        return activation;
    }
}
