using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using LayerGrad.Bench.Headline;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;
using static TorchSharp.torch;

namespace LayerGrad.Bench.LibTorch;

/// <summary>A decoder of the llama kind in plain operations of libtorch, as a model of transformers computes it, with the weights of <see cref="SyntheticWeights"/>.</summary>
internal sealed class MadeUpDecoder : IDisposable
{
    /// <summary>The linear layers that are measured, those of attention.</summary>
    private static readonly string[] s_projections = ["q_proj", "k_proj", "v_proj", "o_proj"];

    private readonly Dictionary<string, Tensor> _weights = [];
    private readonly int _layers;
    private readonly int _heads;
    private readonly int _keyValueHeads;
    private readonly int _size;
    private readonly double _epsilon;
    private readonly double _theta;
    private readonly Tensor _head;

    /// <summary>Makes the weights.</summary>
    /// <param name="shape">A llama or a qwen2.</param>
    public MadeUpDecoder(ModelShape shape)
    {
        var config = shape.Config;
        var (hidden, middle, vocabulary) = (Integer(config, "hidden_size"), Integer(config, "intermediate_size"), Integer(config, "vocab_size"));
        (_layers, _heads, _keyValueHeads) = (Integer(config, "num_hidden_layers"), Integer(config, "num_attention_heads"), Integer(config, "num_key_value_heads"));
        (_size, _epsilon, _theta) = (hidden / _heads, config["rms_norm_eps"]!.GetValue<double>(), config["rope_theta"]!.GetValue<double>());
        Vocabulary = vocabulary;
        Make("model.embed_tokens.weight", vocabulary, hidden);
        Make("model.norm.weight", hidden);
        for (var layer = 0; layer < _layers; layer++)
        {
            var prefix = $"model.layers.{layer}.";
            foreach (var name in s_projections)
            {
                var rows = name is "q_proj" or "o_proj" ? hidden : _keyValueHeads * _size;
                Make($"{prefix}self_attn.{name}.weight", rows, hidden);
                if (config["model_type"]!.GetValue<string>() == "qwen2" && name != "o_proj")
                    Make($"{prefix}self_attn.{name}.bias", rows);
            }

            Make(prefix + "mlp.gate_proj.weight", middle, hidden);
            Make(prefix + "mlp.up_proj.weight", middle, hidden);
            Make(prefix + "mlp.down_proj.weight", hidden, middle);
            Make(prefix + "input_layernorm.weight", hidden);
            Make(prefix + "post_attention_layernorm.weight", hidden);
        }

        if (!config["tie_word_embeddings"]!.GetValue<bool>())
            Make("lm_head.weight", vocabulary, hidden);
        _head = _weights.GetValueOrDefault("lm_head.weight", _weights["model.embed_tokens.weight"]);
        Measured = [.. Enumerable.Range(0, _layers).SelectMany(layer => s_projections.Select(name => $"model.layers.{layer}.self_attn.{name}.weight"))];
    }

    /// <summary>How many tokens there are.</summary>
    public int Vocabulary { get; }

    /// <summary>The weights that are measured.</summary>
    public IReadOnlyList<string> Measured { get; }

    /// <summary>A weight.</summary>
    public Tensor this[string name] => _weights[name];

    /// <summary>Input and output of each measured linear layer, where they are kept: as a forward hook would keep them.</summary>
    public Dictionary<string, (Tensor Input, Tensor Output)>? Kept { get; set; }

    /// <summary>The mean loss over each example's last tokens.</summary>
    /// <param name="ids">Token ids, examples x tokens.</param>
    /// <param name="response">How many tokens at the end belong to the response.</param>
    /// <param name="headEverywhere">Whether logits are computed at all tokens, as a model of transformers does that is given labels; then there is one example.</param>
    public Tensor Losses(Tensor ids, int response, bool headEverywhere)
    {
        var (batch, tokens) = (ids.size(0), ids.size(1));
        var x = _weights["model.embed_tokens.weight"].index_select(0, ids.view(-1)).view(batch, tokens, -1);
        if (Kept is not null)
            x.requires_grad_();
        var (cosines, sines) = Angles((int)tokens);
        for (var layer = 0; layer < _layers; layer++)
            x = Layer(x, $"model.layers.{layer}.", cosines, sines);
        x = Norm(x, "model.norm");
        if (!headEverywhere)
        {
            var logits = nn.functional.linear(x.narrow(1, tokens - response - 1, response), _head);
            return nn.functional.cross_entropy(logits.view(batch * response, -1), ids.narrow(1, tokens - response, response).reshape(-1), reduction: nn.Reduction.None)
                .view(batch, response).mean([1L]);
        }

        var all = nn.functional.linear(x, _head).view(batch * tokens, -1);
        var labels = full([batch * tokens], -100L, ScalarType.Int64);
        labels.narrow(0, tokens - response - 1, response).copy_(ids.view(-1).narrow(0, tokens - response, response));
        return nn.functional.cross_entropy(all, labels).view(1);
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var weight in _weights.Values)
            weight.Dispose();
    }

    private static int Integer(JsonObject config, string key) => config[key]!.GetValue<int>();

    private void Make(string name, params long[] shape)
    {
        var weight = empty(shape);
        SyntheticWeights.Fill(name, 0, MemoryMarshal.Cast<byte, float>(weight.bytes));
        _weights[name] = weight;
    }

    /// <summary>A layer; what it no longer needs is disposed, but for what the tape holds on to.</summary>
    private Tensor Layer(Tensor x, string prefix, Tensor cosines, Tensor sines)
    {
        using var scope = NewDisposeScope();
        var attended = x.add(Attention(Norm(x, prefix + "input_layernorm"), prefix + "self_attn.", cosines, sines));
        var h = Norm(attended, prefix + "post_attention_layernorm");
        var gated = nn.functional.silu(Linear(h, prefix + "mlp.gate_proj")).mul(Linear(h, prefix + "mlp.up_proj"));
        return attended.add(Linear(gated, prefix + "mlp.down_proj")).MoveToOuterDisposeScope();
    }

    private Tensor Attention(Tensor x, string prefix, Tensor cosines, Tensor sines)
    {
        var (batch, tokens) = (x.size(0), x.size(1));
        Tensor Heads(string name) => Linear(x, prefix + name).view(batch, tokens, -1, _size).transpose(1, 2);
        var (q, k, v) = (Rotate(Heads("q_proj"), cosines, sines), Rotate(Heads("k_proj"), cosines, sines), Heads("v_proj"));
        var y = nn.functional.scaled_dot_product_attention(q, Repeat(k), Repeat(v), is_casual: true);
        return Linear(y.transpose(1, 2).reshape(batch, tokens, -1), prefix + "o_proj");
    }

    private Tensor Repeat(Tensor x) => _heads == _keyValueHeads ? x : x.repeat_interleave(_heads / _keyValueHeads, 1);

    private Tensor Linear(Tensor x, string name)
    {
        var y = nn.functional.linear(x, _weights[name + ".weight"], _weights.GetValueOrDefault(name + ".bias"));
        if (Kept is not null && name.Contains(".self_attn.", StringComparison.Ordinal))
            Kept[name + ".weight"] = (x.detach().DetachFromDisposeScope(), y.DetachFromDisposeScope());
        return y;
    }

    private Tensor Norm(Tensor x, string name) =>
        x.mul(x.mul(x).mean([-1L], keepdim: true).add(Number(_epsilon)).rsqrt()).mul(_weights[name + ".weight"]);

    private static Tensor Rotate(Tensor x, Tensor cosines, Tensor sines)
    {
        var halves = x.chunk(2, -1);
        return x.mul(cosines).add(cat([halves[1].neg(), halves[0]], -1).mul(sines));
    }

    private (Tensor Cosines, Tensor Sines) Angles(int tokens)
    {
        var values = new double[tokens * _size];
        for (var position = 0; position < tokens; position++)
        {
            for (var i = 0; i < _size; i++)
                values[(position * _size) + i] = position / Math.Pow(_theta, 2.0 * (i % (_size / 2)) / _size);
        }

        var angles = tensor(values, [tokens, _size]);
        return (angles.cos().to(ScalarType.Float32), angles.sin().to(ScalarType.Float32));
    }
}
