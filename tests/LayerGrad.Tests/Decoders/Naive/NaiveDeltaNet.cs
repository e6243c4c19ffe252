using System.Text.Json.Nodes;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Tests.Decoders.Naive;

/// <summary>Qwen3-Next and Qwen3.5: the gated delta rule token by token, attention with a gate, experts beside a gated shared one.</summary>
internal sealed class NaiveDeltaNet(JsonObject config, DecoderSpecification specification, IParameterSource<double> source) : NaiveDecoder(config, specification, source)
{
    private bool IsNext => Config["model_type"]!.GetValue<string>() == "qwen3_next";

    private (int Keys, int Values, int KeySize, int ValueSize) Linears => (Int("linear_num_key_heads"), Int("linear_num_value_heads"), Int("linear_key_head_dim"), Int("linear_value_head_dim"));

    /// <inheritdoc />
    protected override double[][] Logits(int[] ids)
    {
        var x = Rows("model.embed_tokens.weight", ids);
        for (var layer = 0; layer < Int("num_hidden_layers"); layer++)
        {
            var name = $"model.layers.{layer}";
            var h = Each(x, row => Norm(row, $"{name}.input_layernorm"));
            x = Plus(x, IsFull(layer) ? Attention($"{name}.self_attn", h) : DeltaNet($"{name}.linear_attn", h));
            h = Each(x, row => Norm(row, $"{name}.post_attention_layernorm"));
            x = Plus(x, HasExperts(layer) ? Routed($"{name}.mlp", h) : Mlp($"{name}.mlp", h, Silu));
        }

        return Linear(Flag("tie_word_embeddings", false) ? "model.embed_tokens" : "lm_head", Each(x, row => Norm(row, "model.norm")));
    }

    private double[] Norm(double[] x, string name) => Rms(x, name, Number("rms_norm_eps", 1e-6), addsOne: true);

    private bool IsFull(int layer) =>
        Config["layer_types"] is JsonArray types ? types[layer]!.GetValue<string>() == "full_attention" : (layer + 1) % Int("full_attention_interval", 4) == 0;

    private bool HasExperts(int layer) => Config["num_experts"] is not null
        && !(IsNext && (Config["mlp_only_layers"] is JsonArray dense && dense.Any(one => one!.GetValue<int>() == layer) || (layer + 1) % Int("decoder_sparse_step", 1) != 0));

    private double[][] Attention(string name, double[][] x)
    {
        var (heads, keyHeads, size) = (Int("num_attention_heads"), Int("num_key_value_heads"), Int("head_dim", 256));
        var settings = Config["rope_parameters"]?.AsObject();
        var turned = (int)(size * (NumberOf(settings, "partial_rotary_factor") ?? Number("partial_rotary_factor", 0.25)));
        var frequencies = NaiveRotary.Frequencies(NumberOf(settings, "rope_theta") ?? Number("rope_theta", 10000), turned);
        var (query, key, value) = (Linear($"{name}.q_proj", x), Linear($"{name}.k_proj", x), Linear($"{name}.v_proj", x));
        var outputs = Enumerable.Range(0, heads).Select(head =>
        {
            var other = head / (heads / keyHeads) * size;
            double[][] q = [.. query.Select((row, t) => Turned(Norm(Part(row, 2 * head * size, size), $"{name}.q_norm"), t))];
            double[][] k = [.. key.Select((row, t) => Turned(Norm(Part(row, other, size), $"{name}.k_norm"), t))];
            var attended = Attend(q, k, Each(value, row => Part(row, other, size)), 1 / Math.Sqrt(size));
            return Zip(attended, Each(query, row => Part(row, ((2 * head) + 1) * size, size)), static (a, gate) => a * Sigmoid(gate));
        });
        return Linear($"{name}.o_proj", Join([.. outputs]));

        double[] Turned(double[] whole, int position) => [.. Turn(Part(whole, 0, turned), position, frequencies, 1, pairs: false), .. whole[turned..]];
    }

    private double[][] DeltaNet(string name, double[][] x)
    {
        var (keys, values, keySize, valueSize) = Linears;
        var perKey = values / keys;
        var (mixed, z, b, a) = IsNext ? Regrouped(name, x) : (Linear($"{name}.in_proj_qkv", x), Linear($"{name}.in_proj_z", x), Linear($"{name}.in_proj_b", x), Linear($"{name}.in_proj_a", x));
        var convolved = Convolve(Vector($"{name}.conv1d.weight"), mixed);
        var (rates, offsets) = (Vector($"{name}.A_log"), Vector($"{name}.dt_bias"));
        var outputs = Enumerable.Range(0, values).Select(head =>
        {
            var state = Enumerable.Range(0, keySize).Select(_ => new double[valueSize]).ToArray();
            return convolved.Select((row, t) =>
            {
                var query = Times(Unit(Part(row, head / perKey * keySize, keySize)), 1 / Math.Sqrt(keySize));
                var key = Unit(Part(row, (keys + (head / perKey)) * keySize, keySize));
                var value = Part(row, (2 * keys * keySize) + (head * valueSize), valueSize);
                var decay = Math.Exp(-Math.Exp(rates[head]) * Math.Log(1 + Math.Exp(a[t][head] + offsets[head])));
                state = Each(state, part => Times(part, decay));
                var read = state.Select((part, i) => Times(part, key[i])).Aggregate(Plus);
                var written = value.Zip(read, (v, r) => Sigmoid(b[t][head]) * (v - r)).ToArray();
                state = [.. state.Select((part, i) => Plus(part, Times(written, key[i])))];
                var output = Rms(state.Select((part, i) => Times(part, query[i])).Aggregate(Plus), $"{name}.norm", Number("rms_norm_eps", 1e-6));
                return output.Zip(Part(z[t], head * valueSize, valueSize), static (o, gate) => o * Silu(gate)).ToArray();
            }).ToArray();
        });
        return Linear($"{name}.out_proj", Join([.. outputs]));
    }

    private static double[] Unit(double[] x) => Times(x, 1 / Math.Sqrt(Dot(x, x) + 1e-6));

    private double[][] Convolve(double[] taps, double[][] x)
    {
        var count = taps.Length / x[0].Length;
        return [.. x.Select((row, t) => row.Select((_, c) => Silu(Enumerable.Range(0, count).Where(j => t - j >= 0).Sum(j => taps[(c * count) + count - 1 - j] * x[t - j][c]))).ToArray())];
    }

    /// <summary>Qwen3-Next's inputs, which are stored a key head after another.</summary>
    private (double[][] Mixed, double[][] Gates, double[][] Rates, double[][] Decays) Regrouped(string name, double[][] x)
    {
        var (keys, values, keySize, valueSize) = Linears;
        var (perKey, whole) = (values / keys, (2 * keySize) + (2 * values / keys * valueSize));
        var (first, second) = (Linear($"{name}.in_proj_qkvz", x), Linear($"{name}.in_proj_ba", x));
        double[] Of(double[] row, int size, int start, int count) => [.. Enumerable.Range(0, keys).SelectMany(head => Part(row, (head * size) + start, count))];
        return (
            Each(first, row => [.. Of(row, whole, 0, keySize), .. Of(row, whole, keySize, keySize), .. Of(row, whole, 2 * keySize, perKey * valueSize)]),
            Each(first, row => Of(row, whole, (2 * keySize) + (perKey * valueSize), perKey * valueSize)),
            Each(second, row => Of(row, 2 * perKey, 0, perKey)), Each(second, row => Of(row, 2 * perKey, perKey, perKey)));
    }

    private double[][] Routed(string name, double[][] x)
    {
        var logits = Linear($"{name}.gate", x);
        var routed = Experts(name, x, token =>
        {
            var scores = Softmax(logits[token]);
            var chosen = Largest(scores, Int("num_experts_per_tok"));
            var divisor = !IsNext || Flag("norm_topk_prob", true) ? chosen.Sum(expert => scores[expert]) : 1;
            return chosen.Select(expert => (expert, scores[expert] / divisor));
        }, Silu);
        var shared = Mlp($"{name}.shared_expert", x, Silu);
        var gates = Linear($"{name}.shared_expert_gate", x);
        return Plus(routed, [.. shared.Select((row, t) => Times(row, Sigmoid(gates[t][0])))]);
    }
}
