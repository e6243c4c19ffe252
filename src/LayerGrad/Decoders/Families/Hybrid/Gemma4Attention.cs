using System.Globalization;
using LayerGrad.Compute;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Hybrid;

/// <summary>Reads Gemma 4's attention: which layers slide, how wide their heads are, and whose keys and values they take.</summary>
internal sealed class Gemma4Attention
{
    private const string PerLayer = "per_layer_config";
    private const string Shared = "num_kv_shared_layers";

    private readonly ConfigReader _config;
    private readonly Sizes _sizes;
    private readonly bool[] _slides;
    private readonly (int HeadSize, int KeyValueHeads)[] _heads;
    private readonly (bool Bias, bool KeysAreValues, int Window) _settings;
    private readonly int _firstSharing;
    private readonly Dictionary<(bool Slides, int HeadSize), RotarySpecification> _rotaries = [];

    /// <summary>Reads the settings of all layers.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="sizes">The sizes; those of heads are those of sliding layers.</param>
    public Gemma4Attention(ConfigReader config, Sizes sizes)
    {
        (_config, _sizes) = (config, sizes);
        _slides = Building.LayerTypes(config, sizes, layer => (layer + 1) % 6 != 0);
        _slides[^1] = false; // The class makes the last layer global, whatever its type says.
        _settings = (config.Bool("attention_bias", false), config.Bool("attention_k_eq_v", false), config.Int("sliding_window", 512, 1));
        _heads = Heads();
        _firstSharing = sizes.Layers - config.Int(Shared, 0, 0, sizes.Layers - 1);
    }

    /// <summary>Whether a layer takes the keys and values of another one.</summary>
    public bool IsSharing(int layer) => layer >= _firstSharing;

    /// <summary>The attention of a layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="epsilon">Added under the roots of norms.</param>
    public SharedKeyAttentionSpecification Of(int layer, double epsilon)
    {
        var (prefix, (headSize, keyValueHeads)) = ($"{Building.Layer(layer)}.self_attn", _heads[layer]);
        int? source = IsSharing(layer) ? SourceOf(layer) : null;
        return new SharedKeyAttentionSpecification
        {
            Layer = layer,
            Query = Linear("q_proj", _sizes.Heads),
            Key = source is null ? Linear("k_proj", keyValueHeads) : null,
            Value = source is null && !(_settings.KeysAreValues && !_slides[layer]) ? Linear("v_proj", keyValueHeads) : null,
            Source = source,
            IsSource = source is null && Enumerable.Range(_firstSharing, _sizes.Layers - _firstSharing).Any(other => SourceOf(other) == layer),
            Output = LinearSpecification.Create($"{prefix}.o_proj", _sizes.Heads * headSize, _sizes.Hidden, _settings.Bias),
            Heads = _sizes.Heads,
            KeyValueHeads = keyValueHeads,
            HeadSize = headSize,
            QueryNorm = NormSpecification.Rms($"{prefix}.q_norm", headSize, epsilon) with { Groups = _sizes.Heads },
            KeyNorm = source is null ? NormSpecification.Rms($"{prefix}.k_norm", headSize, epsilon) with { Groups = keyValueHeads } : null,
            ValueNorm = source is null ? new NormSpecification(NormKind.Rms, null, null, headSize, epsilon) { Groups = keyValueHeads } : null,
            Rotary = Rotary(layer),
            Shape = new AttentionShape(1, null, _slides[layer] ? _settings.Window : null),
        };

        LinearSpecification Linear(string name, int heads) => LinearSpecification.Create($"{prefix}.{name}", _sizes.Hidden, heads * headSize, _settings.Bias);
    }

    /// <summary>The last layer of the same type before those that share.</summary>
    private int SourceOf(int layer)
    {
        var source = Array.FindLastIndex(_slides, _firstSharing - 1, _firstSharing, slides => slides == _slides[layer]);
        if (source < 0 || _heads[source] != _heads[layer])
            throw _config.Inconsistent($"{Shared} makes layer {layer} take the keys and values of an earlier layer of its type, but there is none with heads of its size");
        return source;
    }

    private RotarySpecification Rotary(int layer)
    {
        var key = (_slides[layer], _heads[layer].HeadSize);
        if (!_rotaries.TryGetValue(key, out var rotary))
        {
            _rotaries[key] = rotary = _slides[layer]
                ? RotaryReader.ReadProportional(_config, "sliding_attention", key.HeadSize, """{"rope_type": "default", "rope_theta": 10000.0}""")
                : RotaryReader.ReadProportional(_config, "full_attention", key.HeadSize, """{"rope_type": "proportional", "partial_rotary_factor": 0.25, "rope_theta": 1000000.0}""");
        }

        return rotary;
    }

    /// <summary>By <c>per_layer_config</c>, or as the published configurations say it: a width and a number of key-value heads for all global layers.</summary>
    private (int HeadSize, int KeyValueHeads)[] Heads()
    {
        var usual = (_sizes.HeadSize, _sizes.KeyValueHeads);
        if (_config.Object(PerLayer) is not { } layers)
        {
            var headSize = _config.Size("global_head_dim", 512);
            var global = _config.OptionalInt("num_global_key_value_heads", 1) is { } heads && _settings.KeysAreValues ? heads : _sizes.KeyValueHeads;
            return [.. _slides.Select((slides, layer) => slides ? usual : Checked(layer, headSize, global))];
        }

        _config.Ignore("global_head_dim");
        _config.Ignore("num_global_key_value_heads");
        var sizes = Enumerable.Repeat(usual, _sizes.Layers).ToArray();
        foreach (var name in layers.Keys)
        {
            if (!int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var layer) || layer >= sizes.Length || layers.Object(name) is not { } own)
                throw layers.Unsupported(name, $"settings of the layers 0 to {sizes.Length - 1}");
            foreach (var field in own.Keys.Where(static field => field is not ("head_dim" or "num_key_value_heads")))
                throw own.Unsupported(field, "head_dim and num_key_value_heads");
            sizes[layer] = Checked(layer, own.Size("head_dim", usual.HeadSize), own.Count("num_key_value_heads", usual.KeyValueHeads));
        }

        return sizes;
    }

    private (int HeadSize, int KeyValueHeads) Checked(int layer, int headSize, int keyValueHeads)
    {
        if (_sizes.Heads % keyValueHeads != 0)
            throw _config.Inconsistent($"num_attention_heads {_sizes.Heads} is not a multiple of the {keyValueHeads} key-value heads of layer {layer}");
        return (long)_sizes.Heads * headSize <= 1 << 28
            ? (headSize, keyValueHeads)
            : throw _config.Inconsistent($"num_attention_heads {_sizes.Heads} of {headSize} columns each in layer {layer} are more than any matrix has");
    }
}
