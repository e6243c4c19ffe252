using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Tests.Decoders;

/// <summary>
/// Small mixers of every kind in their settings, for a hidden size of <see cref="Hidden"/>. A new mixer needs an entry here for each of its
/// settings, and gets the tests of <see cref="MixerGradientTests"/> for it.
/// </summary>
internal static class MixerVariants
{
    /// <summary>The columns of the residual stream.</summary>
    public const int Hidden = 12;

    private static readonly Dictionary<string, Func<string, MixerSpecification>> s_variants = new()
    {
        ["attention"] = name => Attention(name),
        ["attention with norms, a window and clamped values"] = name => Attention(name) with
        {
            QueryNorm = NormSpecification.Rms($"{name}.q_norm", 4, 1e-6) with { Groups = 4 },
            KeyNorm = NormSpecification.Rms($"{name}.k_norm", 4, 1e-6) with { Groups = 2 },
            Shape = new AttentionShape(0.5, null, 3),
            Clamp = 0.8,
        },
        ["attention with sinks in a window"] = name => Attention(name) with
        {
            Sinks = ParameterSpecification.Vector($"{name}.sinks", 4),
            Shape = new AttentionShape(0.5, null, 3),
        },
        ["attention with a gate"] = name => Gated(name),
        ["attention with a gate and norms"] = name => Gated(name) with
        {
            QueryNorm = NormSpecification.Rms($"{name}.q_norm", 4, 1e-6, addsOne: true) with { Groups = 4 },
            KeyNorm = NormSpecification.Rms($"{name}.k_norm", 4, 1e-6, addsOne: true) with { Groups = 2 },
        },
        ["delta rule"] = name => Delta(name, perKey: 1),
        ["delta rule with two values a key"] = name => Delta(name, perKey: 2),
        ["delta rule, grouped by key head"] = name => Delta(name, perKey: 2) with
        {
            GroupedByKeyHead = true,
            Projections = [LinearSpecification.Create($"{name}.qkvz", Hidden, 52), LinearSpecification.Create($"{name}.ba", Hidden, 8)],
        },
        ["attention with norms of values"] = name => Sharing(name),
        ["attention whose values are its keys"] = name => Sharing(name) with { Value = null },
        ["short convolution"] = name => Convolution(name, bias: false),
        ["short convolution with biases"] = name => Convolution(name, bias: true),
        ["latent attention"] = name => Latent(name),
        ["latent attention whose queries have no latent"] = name => Latent(name) with { QueryDown = null, QueryNorm = null, Query = LinearSpecification.Create($"{name}.q", Hidden, 21) },
        ["latent attention with biases whose queries grow"] = name => Latent(name, bias: true) with { QueryScale = new PositionScale(0.4, 2) },
    };

    /// <summary>The variants' names.</summary>
    public static IEnumerable<string> Names => s_variants.Keys;

    /// <summary>A decoder of two layers with a mixer.</summary>
    /// <param name="variant">The mixer.</param>
    /// <param name="alone">Whether there is no feed-forward.</param>
    public static DecoderSpecification Describe(string variant, bool alone) => new()
    {
        Family = variant,
        HiddenSize = Hidden,
        MaximumPositions = 64,
        Embedding = ParameterSpecification.Matrix("embed.weight", 23, Hidden),
        Layers = [.. Enumerable.Range(0, 2).Select(layer => new LayerSpecification
        {
            MixerNorm = NormSpecification.Rms($"layers.{layer}.mixer_norm", Hidden, 1e-6),
            Mixer = s_variants[variant]($"layers.{layer}.mixer"),
            FeedForwardNorm = alone ? null : NormSpecification.Rms($"layers.{layer}.mlp_norm", Hidden, 1e-6),
            FeedForward = alone ? null : new DenseFeedForwardSpecification(
                [LinearSpecification.Create($"layers.{layer}.up", Hidden, 10)], LinearSpecification.Create($"layers.{layer}.down", 10, Hidden), Activation.Silu, Gated: false),
        })],
        FinalNorm = NormSpecification.Rms("norm", Hidden, 1e-6),
        Head = new HeadSpecification(LinearSpecification.Create("head", Hidden, 23)),
    };

    private static AttentionSpecification Gated(string name)
    {
        var attention = Attention(name);
        return attention with { Gated = true, Projections = [LinearSpecification.Create($"{name}.q", Hidden, 32, bias: true), .. attention.Projections.Skip(1)] };
    }

    private static DeltaNetSpecification Delta(string name, int perKey) => new()
    {
        Projections =
        [
            LinearSpecification.Create($"{name}.qkv", Hidden, 12 + 10 * perKey), LinearSpecification.Create($"{name}.z", Hidden, 10 * perKey),
            LinearSpecification.Create($"{name}.b", Hidden, 2 * perKey), LinearSpecification.Create($"{name}.a", Hidden, 2 * perKey),
        ],
        Output = LinearSpecification.Create($"{name}.o", 10 * perKey, Hidden),
        Taps = ParameterSpecification.Matrix($"{name}.taps", 12 + 10 * perKey, 4),
        LogRate = ParameterSpecification.Vector($"{name}.rate", 2 * perKey),
        DecayBias = ParameterSpecification.Vector($"{name}.bias", 2 * perKey),
        Norm = NormSpecification.Rms($"{name}.norm", 5, 1e-6) with { Groups = 2 * perKey },
        KeyHeads = 2,
        ValueHeads = 2 * perKey,
        KeySize = 3,
        ValueSize = 5,
    };

    private static SharedKeyAttentionSpecification Sharing(string name) => new()
    {
        Layer = 0,
        Query = LinearSpecification.Create($"{name}.q", Hidden, 16),
        Key = LinearSpecification.Create($"{name}.k", Hidden, 8, bias: true),
        Value = LinearSpecification.Create($"{name}.v", Hidden, 8),
        Output = LinearSpecification.Create($"{name}.o", 16, Hidden),
        Heads = 4,
        KeyValueHeads = 2,
        HeadSize = 4,
        QueryNorm = NormSpecification.Rms($"{name}.q_norm", 4, 1e-6) with { Groups = 4 },
        KeyNorm = NormSpecification.Rms($"{name}.k_norm", 4, 1e-6) with { Groups = 2 },
        ValueNorm = new NormSpecification(NormKind.Rms, null, null, 4, 1e-6) { Groups = 2 },
        Rotary = new RotarySpecification([1, 0], Interleaved: false),
        Shape = new AttentionShape(0.6, null, 4),
    };

    private static ShortConvolutionSpecification Convolution(string name, bool bias) => new(
        LinearSpecification.Create($"{name}.in", Hidden, 3 * Hidden, bias), ParameterSpecification.Matrix($"{name}.taps", Hidden, 3),
        bias ? ParameterSpecification.Vector($"{name}.bias", Hidden) : null, LinearSpecification.Create($"{name}.out", Hidden, Hidden, bias));

    private static LatentAttentionSpecification Latent(string name, bool bias = false) => new()
    {
        QueryDown = LinearSpecification.Create($"{name}.q_a", Hidden, 6, bias),
        QueryNorm = NormSpecification.Rms($"{name}.q_norm", 6, 1e-6),
        Query = LinearSpecification.Create($"{name}.q_b", 6, 21),
        KeyValueDown = LinearSpecification.Create($"{name}.kv_a", Hidden, 9, bias),
        KeyValueNorm = NormSpecification.Rms($"{name}.kv_norm", 5, 1e-6),
        KeyValue = LinearSpecification.Create($"{name}.kv_b", 5, 15),
        Output = LinearSpecification.Create($"{name}.o", 6, Hidden, bias),
        Heads = 3,
        PlainSize = 3,
        RotarySize = 4,
        ValueSize = 2,
        Rotary = new RotarySpecification(RotarySpecification.Frequencies(100, 4), Interleaved: true),
        Shape = new AttentionShape(0.4, null, null),
    };

    private static AttentionSpecification Attention(string name) => new()
    {
        Projections =
        [
            LinearSpecification.Create($"{name}.q", Hidden, 16, bias: true),
            LinearSpecification.Create($"{name}.k", Hidden, 8),
            LinearSpecification.Create($"{name}.v", Hidden, 8),
        ],
        Output = LinearSpecification.Create($"{name}.o", 16, Hidden),
        Heads = 4,
        KeyValueHeads = 2,
        HeadSize = 4,
        Rotary = new RotarySpecification(RotarySpecification.Frequencies(100, 4), Interleaved: false),
        Shape = new AttentionShape(0.5, null, null),
    };
}
