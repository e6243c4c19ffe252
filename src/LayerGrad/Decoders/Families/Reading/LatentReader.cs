using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Reading;

/// <summary>Reads latent attention, which DeepSeek's families and Mistral 4 share.</summary>
internal sealed class LatentReader
{
    private const int MostColumns = 1 << 28;

    /// <summary>The epsilon of the latents' norms, whatever <c>rms_norm_eps</c> says.</summary>
    private const double Epsilon = 1e-6;

    private readonly Sizes _sizes;
    private readonly (int? Query, int KeyValue) _ranks;
    private readonly (int Plain, int Rotary, int Value) _columns;
    private readonly bool _bias;

    /// <summary>Reads ranks and sizes.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="sizes">The sizes; those of heads are read here.</param>
    /// <param name="defaults">What the class has where a field is missing.</param>
    public LatentReader(ConfigReader config, Sizes sizes, LatentDefaults defaults)
    {
        const string QueryRank = "q_lora_rank";
        config.Ignore("num_key_value_heads"); // Every head has a key of its own.
        config.Ignore("head_dim"); // The class sets it by the fields below.
        config.Ignore("qk_head_dim");
        _ranks = (config.HasKey(QueryRank) && !config.Has(QueryRank) ? null : config.Size(QueryRank, defaults.QueryRank), config.Size("kv_lora_rank", defaults.KeyValueRank));
        _columns = (config.Size("qk_nope_head_dim", defaults.Plain), config.Size("qk_rope_head_dim", defaults.Rotary), config.Size("v_head_dim", defaults.Value));
        _bias = config.Bool("attention_bias", false);
        _sizes = sizes with { HeadSize = _columns.Plain + _columns.Rotary };
        if ((long)sizes.Heads * (_sizes.HeadSize + (long)_columns.Value) > MostColumns)
            throw config.Inconsistent($"num_attention_heads {sizes.Heads} of qk_nope_head_dim {_columns.Plain}, qk_rope_head_dim {_columns.Rotary} and v_head_dim {_columns.Value} are more columns than any matrix has");
    }

    /// <summary>The sizes with the columns of a whole head.</summary>
    public Sizes Whole => _sizes;

    /// <summary>The sizes with the columns that are turned in the place of a head's.</summary>
    public Sizes Turned => _sizes with { HeadSize = _columns.Rotary };

    /// <summary>Attention as DeepSeek names it.</summary>
    /// <param name="prefix">The attention's name.</param>
    /// <param name="rotary">The rotary embedding of the columns that are turned.</param>
    /// <param name="magnitude">What the scale of the scores is multiplied by (<see cref="RotaryReader.ReadScoreFactor"/>).</param>
    public LatentAttentionSpecification Attention(string prefix, RotarySpecification rotary, double magnitude)
    {
        var query = _sizes.Heads * _sizes.HeadSize;
        return new LatentAttentionSpecification
        {
            QueryDown = _ranks.Query is { } rank ? LinearSpecification.Create($"{prefix}.q_a_proj", _sizes.Hidden, rank, _bias) : null,
            QueryNorm = _ranks.Query is { } size ? NormSpecification.Rms($"{prefix}.q_a_layernorm", size, Epsilon) : null,
            Query = _ranks.Query is { } inputs
                ? LinearSpecification.Create($"{prefix}.q_b_proj", inputs, query)
                : LinearSpecification.Create($"{prefix}.q_proj", _sizes.Hidden, query),
            KeyValueDown = LinearSpecification.Create($"{prefix}.kv_a_proj_with_mqa", _sizes.Hidden, _ranks.KeyValue + _columns.Rotary, _bias),
            KeyValueNorm = NormSpecification.Rms($"{prefix}.kv_a_layernorm", _ranks.KeyValue, Epsilon),
            KeyValue = LinearSpecification.Create($"{prefix}.kv_b_proj", _ranks.KeyValue, _sizes.Heads * (_columns.Plain + _columns.Value)),
            Output = LinearSpecification.Create($"{prefix}.o_proj", _sizes.Heads * _columns.Value, _sizes.Hidden, _bias),
            Heads = _sizes.Heads,
            PlainSize = _columns.Plain,
            RotarySize = _columns.Rotary,
            ValueSize = _columns.Value,
            Rotary = rotary,
            Shape = new AttentionShape(magnitude / Math.Sqrt(_sizes.HeadSize), null, null),
        };
    }

    /// <summary>The prefix of the layers behind the last, which predict tokens further ahead and have no part in the loss; read with its number of them.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="specification">The decoder.</param>
    public static DecoderSpecification WithoutNextTokenLayers(ConfigReader config, DecoderSpecification specification)
    {
        const string Field = "num_nextn_predict_layers";
        var count = config.Has(Field) ? config.Int(Field, least: 0, most: TensorCounts.Most) : 1;
        return specification with
        {
            OtherParts = [.. Enumerable.Range(specification.Layers.Count, count).Select(layer => $"{Building.Layer(layer)}.")],
        };
    }
}
