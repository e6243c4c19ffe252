using System.Text.Json.Nodes;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Tests.Decoders.Naive;

/// <summary>
/// DeepSeek V2, V3 and Mistral 4: latent attention whose queries, keys and values are all formed, and the three routers. The kinds of rotary embedding are
/// the plain one, linear and yarn.
/// </summary>
internal sealed class NaiveLatent(JsonObject config, DecoderSpecification specification, IParameterSource<double> source) : NaiveDecoder(config, specification, source)
{
    private const string Mistral4Rotary = """
        {"rope_type": "yarn", "rope_theta": 10000, "factor": 128, "original_max_position_embeddings": 8192, "mscale": 1, "mscale_all_dim": 1, "llama_4_scaling_beta": 0.1}
        """;

    private string Family => Config["model_type"]!.GetValue<string>();

    private (int Plain, int Rotary, int Value, int Latent) Sizes => (Int("qk_nope_head_dim"), Int("qk_rope_head_dim"), Int("v_head_dim"), Int("kv_lora_rank"));

    private JsonObject? Rotary => (Config["rope_parameters"] ?? Config["rope_scaling"])?.AsObject() ?? (Family == "mistral4" ? JsonNode.Parse(Mistral4Rotary)!.AsObject() : null);

    /// <inheritdoc />
    protected override double[][] Logits(int[] ids)
    {
        var x = Rows("model.embed_tokens.weight", ids);
        for (var layer = 0; layer < Int("num_hidden_layers"); layer++)
        {
            var name = $"model.layers.{layer}";
            x = Plus(x, Attention($"{name}.self_attn", Each(x, row => Norm(row, $"{name}.input_layernorm"))));
            var h = Each(x, row => Norm(row, $"{name}.post_attention_layernorm"));
            var dense = layer < Int("first_k_dense_replace", Family == "deepseek_v3" ? 3 : 0);
            x = Plus(x, dense ? Mlp($"{name}.mlp", h, Silu) : Plus(Routed($"{name}.mlp", h), Mlp($"{name}.mlp.shared_experts", h, Silu)));
        }

        return Linear(Flag("tie_word_embeddings", false) ? "model.embed_tokens" : "lm_head", Each(x, row => Norm(row, "model.norm")));
    }

    private double[] Norm(double[] x, string name) => Rms(x, name, Number("rms_norm_eps", 1e-6));

    private double[][] Attention(string name, double[][] x)
    {
        var (plain, rotary, value, latent) = Sizes;
        var query = Config["q_lora_rank"] is null
            ? Linear($"{name}.q_proj", x)
            : Linear($"{name}.q_b_proj", Each(Linear($"{name}.q_a_proj", x), row => Rms(row, $"{name}.q_a_layernorm", 1e-6)));
        var down = Linear($"{name}.kv_a_proj_with_mqa", x);
        var up = Linear($"{name}.kv_b_proj", Each(down, row => Rms(Part(row, 0, latent), $"{name}.kv_a_layernorm", 1e-6)));
        var heads = Enumerable.Range(0, Int("num_attention_heads")).Select(head =>
        {
            double[][] q = [.. query.Select((row, t) => Times(
                [.. Part(row, head * (plain + rotary), plain), .. Turned(Part(row, (head * (plain + rotary)) + plain, rotary), t)], Growth(t)))];
            double[][] k = [.. up.Select((row, t) => (double[])[.. Part(row, head * (plain + value), plain), .. Turned(Part(down[t], latent, rotary), t)])];
            return Attend(q, k, Each(up, row => Part(row, (head * (plain + value)) + plain, value)), Scale());
        });
        return Linear($"{name}.o_proj", Join([.. heads]));
    }

    /// <summary>What Mistral 4 multiplies queries by.</summary>
    private double Growth(int position) => Family != "mistral4"
        ? 1
        : 1 + (NumberOf(Rotary, "llama_4_scaling_beta")!.Value * Math.Log(1 + Math.Floor(position / NumberOf(Rotary, "original_max_position_embeddings")!.Value)));

    private double Scale()
    {
        var scale = 1 / Math.Sqrt(Sizes.Plain + Sizes.Rotary);
        var (factor, all) = (NumberOf(Rotary, "factor") ?? 1, NumberOf(Rotary, "mscale_all_dim") ?? 0);
        return NaiveRotary.Kind(Rotary) == "default" || all == 0 ? scale : scale * Math.Pow(NaiveRotary.Magnitude(factor, all), 2);
    }

    private double[] Turned(double[] x, int position)
    {
        var (frequencies, magnitude) = NaiveRotary.Angles(Rotary, NumberOf(Rotary, "rope_theta") ?? Number("rope_theta", 10000), Number("max_position_embeddings", 0), x.Length);
        return Turn(x, position, frequencies, magnitude, pairs: Family == "deepseek_v2" || Flag("rope_interleave", true));
    }

    private double[][] Routed(string name, double[][] x)
    {
        var logits = Linear($"{name}.gate", x);
        var (perToken, factor) = (Int("num_experts_per_tok"), Number("routed_scaling_factor", Family == "deepseek_v3" ? 2.5 : 1));
        return Experts(name, x, token =>
        {
            var scores = Family == "deepseek_v3" ? [.. logits[token].Select(Sigmoid)] : Softmax(logits[token]);
            var choice = Family == "deepseek_v3" ? Plus(scores, Vector($"{name}.gate.e_score_correction_bias")) : scores;
            var chosen = Largest(InBestGroups(choice), perToken);
            var renormalises = Family != "deepseek_v2" && Flag("norm_topk_prob", true);
            var divisor = renormalises ? chosen.Sum(expert => scores[expert]) + 1e-20 : 1;
            return chosen.Select(expert => (expert, factor * scores[expert] / divisor));
        }, Silu);
    }

    /// <summary>The experts' scores, those outside the best groups below all others.</summary>
    private double[] InBestGroups(double[] choice)
    {
        if (Family == "deepseek_v2" && Config["topk_method"]?.GetValue<string>() != "group_limited_greedy")
            return choice;
        var (groups, best) = (Int("n_group", Family == "deepseek_v3" ? 8 : 1), Int("topk_group", Family == "deepseek_v3" ? 4 : 1));
        var size = choice.Length / groups;
        double[] ofGroup = [.. choice.Chunk(size).Select(group => group.OrderDescending().Take(Family == "deepseek_v2" ? 1 : 2).Sum())];
        var kept = Largest(ofGroup, best);
        return [.. choice.Select((score, expert) => kept.Contains(expert / size) ? score : double.NegativeInfinity)];
    }
}
