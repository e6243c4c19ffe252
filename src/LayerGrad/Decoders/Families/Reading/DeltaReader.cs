using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Reading;

/// <summary>Reads what Qwen3-Next and Qwen3.5 share: layers of Gated DeltaNet, and of attention with a gate in between; norms whose weight is stored less one.</summary>
internal sealed class DeltaReader
{
    private const int MostColumns = 1 << 28;
    private const int MostTaps = 16;

    /// <summary>What the layers of next-token prediction begin with, which have no part in the loss.</summary>
    private const string FurtherTokens = "mtp.";

    private readonly ConfigReader _config;
    private readonly Sizes _sizes;
    private readonly RotarySpecification _rotary;
    private readonly (int KeyHeads, int ValueHeads, int KeySize, int ValueSize, int Taps) _delta;
    private readonly (bool Bias, double Epsilon) _attention;
    private readonly bool[] _isFull;

    /// <summary>Reads the settings of both mixers.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="axes">How many axes positions have.</param>
    public DeltaReader(ConfigReader config, Sizes sizes, RotaryAxes axes)
    {
        (_config, _sizes) = (config, sizes);
        _rotary = RotaryReader.Read(config, sizes, new RotaryRules { Part = 0.25, Axes = axes });
        _attention = (config.Bool("attention_bias", false), config.Double("rms_norm_eps", 1e-6));
        Activation = config.Activation("hidden_act", "silu");
        _delta = (
            config.Count("linear_num_key_heads", 16), config.Count("linear_num_value_heads", 32), config.Size("linear_key_head_dim", 128),
            config.Size("linear_value_head_dim", 128), config.Int("linear_conv_kernel_dim", 4, 1, MostTaps));
        if (_delta.ValueHeads % _delta.KeyHeads != 0)
            throw config.Inconsistent($"linear_num_value_heads {_delta.ValueHeads} is not a multiple of linear_num_key_heads {_delta.KeyHeads}");
        if (2L * _delta.KeyHeads * _delta.KeySize + 2L * _delta.ValueHeads * _delta.ValueSize > MostColumns || (long)_delta.ValueHeads * _delta.KeySize * _delta.ValueSize > MostColumns)
            throw config.Inconsistent($"linear_num_value_heads {_delta.ValueHeads} of linear_key_head_dim {_delta.KeySize} and linear_value_head_dim {_delta.ValueSize} are more columns than any matrix has");
        _isFull = FullLayers();
    }

    /// <summary>The activation function of the convolution and of feed-forward.</summary>
    public Activation Activation { get; }

    /// <summary>The decoder.</summary>
    /// <param name="family">Its <c>model_type</c>.</param>
    /// <param name="groupedByKeyHead">Whether the inputs of Gated DeltaNet are stored grouped by key head.</param>
    /// <param name="feedForward">Makes the feed-forward of a layer.</param>
    public DecoderSpecification Decoder(string family, bool groupedByKeyHead, Func<int, FeedForwardSpecification> feedForward) =>
        Building.Decoder(_config, family, _sizes, Norm("model.norm", _sizes.Hidden), tiedByDefault: false, layer =>
        {
            var prefix = Building.Layer(layer);
            return new LayerSpecification
            {
                MixerNorm = Norm($"{prefix}.input_layernorm", _sizes.Hidden),
                Mixer = _isFull[layer] ? Attention($"{prefix}.self_attn") : Delta($"{prefix}.linear_attn", groupedByKeyHead),
                FeedForwardNorm = Norm($"{prefix}.post_attention_layernorm", _sizes.Hidden),
                FeedForward = feedForward(layer),
            };
        }) with
        {
            OtherParts = [FurtherTokens],
        };

    /// <summary>A mixture beside a shared expert with a gate.</summary>
    /// <param name="prefix">The mixture's name.</param>
    /// <param name="experts">The number of experts.</param>
    /// <param name="sizes">The columns within an expert and within the shared one.</param>
    /// <param name="routing">How experts are chosen.</param>
    public MixtureOfExpertsSpecification Mixture(string prefix, int experts, (int Expert, int Shared) sizes, RoutingSpecification routing) =>
        Experts.Stacked(Experts.Mixture(prefix, _sizes.Hidden, sizes.Expert, experts, routing, Activation)) with
        {
            Shared = new SharedExpertSpecification(
                Building.GatedMlp($"{prefix}.shared_expert", _sizes.Hidden, sizes.Shared, Activation),
                LinearSpecification.Create($"{prefix}.shared_expert_gate", _sizes.Hidden, 1)),
        };

    private AttentionSpecification Attention(string prefix)
    {
        var attention = Building.Attention(prefix, _sizes, _rotary, Building.Scores(_sizes), _attention.Bias, _attention.Bias);
        var query = LinearSpecification.Create($"{prefix}.q_proj", _sizes.Hidden, 2 * _sizes.Heads * _sizes.HeadSize, _attention.Bias);
        return attention with
        {
            Projections = [query, .. attention.Projections.Skip(1)],
            Gated = true,
            QueryNorm = Norm($"{prefix}.q_norm", _sizes.HeadSize) with { Groups = _sizes.Heads },
            KeyNorm = Norm($"{prefix}.k_norm", _sizes.HeadSize) with { Groups = _sizes.KeyValueHeads },
        };
    }

    private DeltaNetSpecification Delta(string prefix, bool grouped)
    {
        var (keys, values, heads) = (_delta.KeyHeads * _delta.KeySize, _delta.ValueHeads * _delta.ValueSize, _delta.ValueHeads);
        return new DeltaNetSpecification
        {
            Projections = grouped
                ? [Linear("in_proj_qkvz", 2 * keys + 2 * values), Linear("in_proj_ba", 2 * heads)]
                : [Linear("in_proj_qkv", 2 * keys + values), Linear("in_proj_z", values), Linear("in_proj_b", heads), Linear("in_proj_a", heads)],
            GroupedByKeyHead = grouped,
            Output = LinearSpecification.Create($"{prefix}.out_proj", values, _sizes.Hidden),
            OutputFirst = !grouped,
            Taps = ParameterSpecification.Matrix($"{prefix}.conv1d.weight", 2 * keys + values, _delta.Taps) with { IsConvolution = true },
            Activation = Activation,
            LogRate = ParameterSpecification.Vector($"{prefix}.A_log", heads),
            DecayBias = ParameterSpecification.Vector($"{prefix}.dt_bias", heads),
            Norm = NormSpecification.Rms($"{prefix}.norm", _delta.ValueSize, _attention.Epsilon) with { Groups = heads },
            KeyHeads = _delta.KeyHeads,
            ValueHeads = heads,
            KeySize = _delta.KeySize,
            ValueSize = _delta.ValueSize,
        };

        LinearSpecification Linear(string name, int outputs) => LinearSpecification.Create($"{prefix}.{name}", _sizes.Hidden, outputs);
    }

    private NormSpecification Norm(string name, int size) => NormSpecification.Rms(name, size, _attention.Epsilon, addsOne: true);

    /// <summary>Which layers have attention: by <c>layer_types</c>, or every so many.</summary>
    private bool[] FullLayers()
    {
        if (_config.Items("layer_types") is not { } types)
        {
            var interval = _config.Int("full_attention_interval", 4, 1);
            return [.. Enumerable.Range(1, _sizes.Layers).Select(layer => layer % interval == 0)];
        }

        _config.Ignore("full_attention_interval");
        if (types.Count != _sizes.Layers)
            throw _config.Inconsistent($"layer_types names {types.Count} layers, but num_hidden_layers is {_sizes.Layers}");
        return [.. types.Select(type => type.AsText() switch
        {
            "full_attention" => true,
            "linear_attention" => false,
            _ => throw type.Wrong("full_attention or linear_attention, the kinds that this family has"),
        })];
    }
}
