using System.Text.Json.Nodes;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Tests.Decoders.Naive;

/// <summary>Gemma 4: shared keys and values, two widths of heads, inputs of each layer's own, experts beside the dense feed-forward.</summary>
internal sealed class NaiveGemma4(JsonObject config, DecoderSpecification specification, IParameterSource<double> source) : NaiveDecoder(config, specification, source)
{
    private double Epsilon => Number("rms_norm_eps", 1e-6);

    private int Layers => Int("num_hidden_layers");

    private int FirstSharing => Layers - Int("num_kv_shared_layers");

    /// <inheritdoc />
    protected override double[][] Logits(int[] ids)
    {
        var x = Each(Rows("model.embed_tokens.weight", ids), row => Times(row, Math.Sqrt(Hidden)));
        var inputs = Int("hidden_size_per_layer_input", 256) is > 0 and var size ? Inputs(ids, x, size) : null;
        var shared = new Dictionary<bool, (double[][][] Keys, double[][][] Values)>();
        for (var layer = 0; layer < Layers; layer++)
            x = Layer(layer, x, inputs?[layer], shared);
        var logits = Linear(Flag("tie_word_embeddings", true) ? "model.embed_tokens" : "lm_head", Each(x, row => Rms(row, "model.norm", Epsilon)));
        return NumberOf(Config, "final_logit_softcapping") is { } cap ? Each(logits, row => [.. row.Select(logit => cap * Math.Tanh(logit / cap))]) : logits;
    }

    private double[][] Layer(int layer, double[][] x, double[][]? input, Dictionary<bool, (double[][][] Keys, double[][][] Values)> shared)
    {
        var name = $"model.layers.{layer}";
        x = Plus(x, Norm(Attention(layer, Norm(x, "input_layernorm"), shared), "post_attention_layernorm"));
        var branch = Mlp($"{name}.mlp", Norm(x, "pre_feedforward_layernorm"), GeluTanh);
        if (Flag("enable_moe_block", false))
            branch = Plus(Norm(branch, "post_feedforward_layernorm_1"), Norm(Routed(name, x, Norm(x, "pre_feedforward_layernorm_2")), "post_feedforward_layernorm_2"));
        x = Plus(x, Norm(branch, "post_feedforward_layernorm"));
        if (input is not null)
        {
            var gate = Zip(Linear($"{name}.per_layer_input_gate", x), input, static (g, i) => GeluTanh(g) * i);
            x = Plus(x, Norm(Linear($"{name}.per_layer_projection", gate), "post_per_layer_input_norm"));
        }

        return Each(x, row => Times(row, Vector($"{name}.layer_scalar")[0]));

        double[][] Norm(double[][] values, string norm) => Each(values, row => Rms(row, $"{name}.{norm}", Epsilon));
    }

    private double[][] Attention(int layer, double[][] x, Dictionary<bool, (double[][][] Keys, double[][][] Values)> shared)
    {
        var name = $"model.layers.{layer}.self_attn";
        var isFull = IsFull(layer);
        var (heads, keyHeads, size) = (Int("num_attention_heads"), KeyHeads(layer), HeadSize(layer));
        var query = Linear($"{name}.q_proj", x);
        if (layer < FirstSharing)
        {
            var keys = Linear($"{name}.k_proj", x);
            var values = isFull && Flag("attention_k_eq_v", false) ? keys : Linear($"{name}.v_proj", x);
            shared[isFull] = (
                [.. Enumerable.Range(0, keyHeads).Select(head => keys.Select((row, t) => Turned(Rms(Part(row, head * size, size), $"{name}.k_norm", Epsilon), t, isFull)).ToArray())],
                [.. Enumerable.Range(0, keyHeads).Select(head => Each(values, row => Rms(Part(row, head * size, size), null, Epsilon)))]);
        }

        var (k, v) = shared[isFull];
        var outputs = Enumerable.Range(0, heads).Select(head =>
        {
            double[][] q = [.. query.Select((row, t) => Turned(Rms(Part(row, head * size, size), $"{name}.q_norm", Epsilon), t, isFull))];
            return Attend(q, k[head / (heads / keyHeads)], v[head / (heads / keyHeads)], 1, isFull ? null : Int("sliding_window", 512));
        });
        return Linear($"{name}.o_proj", Join([.. outputs]));
    }

    private bool IsFull(int layer) =>
        layer == Layers - 1 || (Config["layer_types"] is JsonArray types ? types[layer]!.GetValue<string>() == "full_attention" : (layer + 1) % 6 == 0);

    private JsonObject? Own(int layer) => Config["per_layer_config"]?.AsObject()[layer.ToString(System.Globalization.CultureInfo.InvariantCulture)]?.AsObject();

    private int HeadSize(int layer) => Config["per_layer_config"] is null
        ? IsFull(layer) ? Int("global_head_dim", 512) : Int("head_dim", 256)
        : Own(layer)?["head_dim"]?.GetValue<int>() ?? Int("head_dim", 256);

    private int KeyHeads(int layer)
    {
        var usual = Int("num_key_value_heads");
        if (Config["per_layer_config"] is not null)
            return Own(layer)?["num_key_value_heads"]?.GetValue<int>() ?? usual;
        return IsFull(layer) && Flag("attention_k_eq_v", false) ? Int("num_global_key_value_heads", usual) : usual;
    }

    private double[] Turned(double[] x, int position, bool isFull)
    {
        var settings = Config["rope_parameters"]?[isFull ? "full_attention" : "sliding_attention"]?.AsObject();
        var isProportional = settings is null ? isFull : settings["rope_type"]!.GetValue<string>() == "proportional";
        var frequencies = NaiveRotary.Frequencies(NumberOf(settings, "rope_theta") ?? (isFull ? 1e6 : 1e4), x.Length);
        if (isProportional)
        {
            var turned = (int)((settings is null ? 0.25 : NumberOf(settings, "partial_rotary_factor") ?? 1) * x.Length / 2);
            frequencies = [.. frequencies.Select((frequency, i) => i < turned ? frequency / (NumberOf(settings, "factor") ?? 1) : 0)];
        }

        return Turn(x, position, frequencies, 1, pairs: false);
    }

    /// <summary>What each layer adds of its own.</summary>
    private double[][][] Inputs(int[] ids, double[][] x, int size)
    {
        var embedded = Rows("model.embed_tokens_per_layer.weight", ids);
        var projected = Linear("model.per_layer_model_projection", x);
        return [.. Enumerable.Range(0, Layers).Select(layer => ids.Select((_, t) =>
        {
            var context = Rms(Times(Part(projected[t], layer * size, size), 1 / Math.Sqrt(Hidden)), "model.per_layer_projection_norm", Epsilon);
            return Times(Plus(context, Times(Part(embedded[t], layer * size, size), Math.Sqrt(size))), 1 / Math.Sqrt(2));
        }).ToArray())];
    }

    private double[][] Routed(string name, double[][] residual, double[][] x)
    {
        var logits = Linear($"{name}.router.proj", Each(residual, row => [.. Rms(row, null, Epsilon).Zip(Vector($"{name}.router.scale"), (value, scale) => value * scale / Math.Sqrt(Hidden))]));
        var scales = Vector($"{name}.router.per_expert_scale");
        return Experts(name, x, token =>
        {
            var scores = Softmax(logits[token]);
            var chosen = Largest(scores, Int("top_k_experts"));
            return chosen.Select(expert => (expert, scales[expert] * scores[expert] / chosen.Sum(other => scores[other])));
        }, GeluTanh);
    }
}
