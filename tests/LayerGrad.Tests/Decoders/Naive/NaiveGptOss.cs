using System.Text.Json.Nodes;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Tests.Decoders.Naive;

/// <summary>gpt-oss: sinks, alternating windows, and experts whose gates and ups alternate and are clamped.</summary>
internal sealed class NaiveGptOss(JsonObject config, DecoderSpecification specification, IParameterSource<double> source) : NaiveDecoder(config, specification, source)
{
    private const string Rotary = """{"rope_type": "yarn", "factor": 32, "truncate": false, "original_max_position_embeddings": 4096}""";

    private int Heads => Int("num_attention_heads");

    /// <inheritdoc />
    protected override double[][] Logits(int[] ids)
    {
        var x = Rows("model.embed_tokens.weight", ids);
        for (var layer = 0; layer < Int("num_hidden_layers"); layer++)
        {
            var name = $"model.layers.{layer}";
            x = Plus(x, Attention(layer, $"{name}.self_attn", Each(x, row => Norm(row, $"{name}.input_layernorm"))));
            x = Plus(x, Routed($"{name}.mlp", Each(x, row => Norm(row, $"{name}.post_attention_layernorm"))));
        }

        return Linear(Flag("tie_word_embeddings", false) ? "model.embed_tokens" : "lm_head", Each(x, row => Norm(row, "model.norm")));
    }

    private double[] Norm(double[] x, string name) => Rms(x, name, Number("rms_norm_eps", 1e-5));

    private double[][] Attention(int layer, string name, double[][] x)
    {
        var (size, perKey) = (Int("head_dim", 64), Heads / Int("num_key_value_heads"));
        var slides = Config["layer_types"] is JsonArray types ? types[layer]!.GetValue<string>() == "sliding_attention" : layer % 2 == 0;
        var settings = (Config["rope_parameters"] ?? JsonNode.Parse(Rotary))!.AsObject();
        var (frequencies, magnitude) = NaiveRotary.Angles(settings, NumberOf(settings, "rope_theta") ?? Number("rope_theta", 150000), Number("max_position_embeddings", 0), size);
        var (query, key, value) = (Linear($"{name}.q_proj", x), Linear($"{name}.k_proj", x), Linear($"{name}.v_proj", x));
        var outputs = Enumerable.Range(0, Heads).Select(head => Attend(
            Turned(query, head), Turned(key, head / perKey), Each(value, row => Part(row, head / perKey * size, size)), 1 / Math.Sqrt(size),
            slides ? Int("sliding_window", 128) : null, Vector($"{name}.sinks")[head]));
        return Linear($"{name}.o_proj", Join([.. outputs]));

        double[][] Turned(double[][] rows, int head) => [.. rows.Select((row, t) => Turn(Part(row, head * size, size), t, frequencies, magnitude, pairs: false))];
    }

    private double[][] Routed(string name, double[][] x)
    {
        var logits = Linear($"{name}.router", x);
        var (limit, slope) = (Number("swiglu_limit", 7), Number("swiglu_alpha", 1.702));
        return [.. x.Select((row, t) =>
        {
            var chosen = Largest(logits[t], Int("num_experts_per_tok"));
            var weights = Softmax([.. chosen.Select(expert => logits[t][expert])]);
            return chosen.Select((expert, i) => Times(Expert($"{name}.experts.{expert}", row), weights[i])).Aggregate(Plus);
        })];

        double[] Expert(string expert, double[] row)
        {
            var activated = Linear($"{expert}.gate_up_proj", [row])[0].Chunk(2).Select(pair =>
            {
                var (gate, up) = (Math.Min(pair[0], limit), Math.Clamp(pair[1], -limit, limit));
                return gate * Sigmoid(slope * gate) * (up + 1);
            });
            return Linear($"{expert}.down_proj", [[.. activated]])[0];
        }
    }
}
