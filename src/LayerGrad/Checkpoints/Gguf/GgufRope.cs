using System.Globalization;
using System.Text.Json.Nodes;

namespace LayerGrad.Checkpoints.Gguf;

/// <summary>Scaling of rotary angles: from what GGUF stores to Hugging Face's <c>rope_scaling</c>.</summary>
internal static class GgufRope
{
    /// <summary>The tensor with a divisor for each frequency, in the place of Llama 3.1's parameters.</summary>
    public const string Factors = "rope_freqs.weight";

    /// <summary>The two tensors with divisors for short and for long contexts.</summary>
    public const string ShortFactors = "rope_factors_short.weight", LongFactors = "rope_factors_long.weight";

    /// <summary>The field <c>rope_scaling</c>, null where angles are not scaled.</summary>
    /// <exception cref="InputException">The file asks for something that no configuration of Hugging Face's can say, or contradicts itself.</exception>
    public static JsonObject? Scaling(GgufModel model, double theta)
    {
        var factor = model.FindNumber("rope.scaling.factor") ?? model.FindNumber("rope.scale_linear");
        var (hasFactors, hasLong) = (model.Tensors.TryGetValue(Factors, out var factors), model.Tensors.ContainsKey(LongFactors) || model.Tensors.ContainsKey(ShortFactors));
        var type = model.Find("rope.scaling.type") as string ?? (hasLong ? "longrope" : factor is null or 0 or 1 ? "none" : "linear");
        if (hasFactors && type != "none")
            throw Wrong(model, $"'{Factors}' and the scaling '{type}' of '{model.Architecture}.rope.scaling.type' contradict each other");
        if (hasLong != (type == "longrope"))
            throw Wrong(model, $"the scaling '{type}' of '{model.Architecture}.rope.scaling.type' {(hasLong ? "does not go" : "needs to go")} with '{ShortFactors}' and '{LongFactors}'");
        if (type is "none" or "linear")
            RefuseOther(model, "rope.scaling.attn_factor", 1);
        return type switch
        {
            "none" => hasFactors ? FromFactors(model, Read(factors!), theta) : null,
            "linear" when factor is null or 1 or 0 => null,
            "linear" => new JsonObject { ["rope_type"] = "linear", ["factor"] = factor },
            "yarn" => Yarn(model, factor),
            "longrope" => LongRope(model, factor),
            _ => throw Wrong(model, $"the scaling '{type}' of '{model.Architecture}.rope.scaling.type' is not known; none, linear, yarn and longrope are"),
        };
    }

    /// <summary>
    /// The converter writes the fields of YaRN one by one; <c>mscale</c> and <c>truncate</c> have no place, and llama.cpp rounds the bounds of the
    /// ramp as transformers does by default. <c>attention_factor</c> goes into <c>yarn_attn_factor</c>, for OLMo into <c>attn_factor</c>.
    /// What only llama.cpp obeys is refused.
    /// </summary>
    private static JsonObject Yarn(GgufModel model, double? factor)
    {
        RefuseOther(model, "rope.scaling.yarn_ext_factor", 1, -1);
        RefuseOther(model, "rope.scaling.yarn_log_multiplier", 0);
        var attention = model.FindNumber("rope.scaling.yarn_attn_factor");
        if (model.Architecture == "olmo2")
            attention ??= model.FindNumber("rope.scaling.attn_factor");
        else
            RefuseOther(model, "rope.scaling.attn_factor", 1);
        var scaling = new JsonObject
        {
            ["rope_type"] = "yarn",
            ["factor"] = factor ?? throw Wrong(model, $"'{model.Architecture}.rope.scaling.factor' is missing, which yarn needs"),
        };
        Set(scaling, "original_max_position_embeddings", model.FindInteger("rope.scaling.original_context_length"));
        Set(scaling, "beta_fast", model.FindNumber("rope.scaling.yarn_beta_fast"));
        Set(scaling, "beta_slow", model.FindNumber("rope.scaling.yarn_beta_slow"));
        Set(scaling, "attention_factor", attention);
        return scaling;
    }

    /// <summary>
    /// LongRoPE's divisors are two tensors. The converter computes the attention factor from the lengths as transformers does, in float32: where
    /// that is what stands in the file, it is left to be computed again; another one was in the configuration.
    /// </summary>
    private static JsonObject LongRope(GgufModel model, double? factor)
    {
        if (!model.Tensors.TryGetValue(LongFactors, out var longFactors) || !model.Tensors.TryGetValue(ShortFactors, out var shortFactors))
            throw Wrong(model, $"only one of '{ShortFactors}' and '{LongFactors}' is there");
        var original = model.FindInteger("rope.scaling.original_context_length");
        var scaling = new JsonObject
        {
            ["rope_type"] = "longrope",
            ["short_factor"] = Numbers(Read(shortFactors)),
            ["long_factor"] = Numbers(Read(longFactors)),
        };
        Set(scaling, "factor", factor);
        Set(scaling, "original_max_position_embeddings", original);
        if (model.FindNumber("rope.scaling.attn_factor") is { } attention && !IsComputed(attention, factor ?? (double?)model.FindInteger("context_length") / original, original))
            scaling["attention_factor"] = attention;
        return scaling;
    }

    private static bool IsComputed(double attention, double? scale, long? original) =>
        scale is { } ratio && original is > 1 and var length
        && Math.Abs(attention - (ratio > 1 ? Math.Sqrt(1 + (Math.Log(ratio) / Math.Log(length))) : 1)) <= 2e-7 * attention;

    /// <summary>Refuses a number that llama.cpp would obey and that Hugging Face's configuration has no field for.</summary>
    private static void RefuseOther(GgufModel model, string key, params ReadOnlySpan<double> harmless)
    {
        if (model.FindNumber(key) is { } value && !harmless.Contains(value))
            throw Wrong(model, string.Create(CultureInfo.InvariantCulture, $"'{model.Architecture}.{key}' is {value}, which no configuration of Hugging Face's can say for this model"));
    }

    private static void Set(JsonObject scaling, string field, double? value)
    {
        if (value is { } known)
            scaling[field] = known;
    }

    private static void Set(JsonObject scaling, string field, long? value)
    {
        if (value is { } known)
            scaling[field] = known;
    }

    private static InputException Wrong(GgufModel model, string what) => new(OneLine.Of($"{model.Path}: {what}; give the model's Hugging Face folder instead"));

    /// <summary>
    /// Converters turn Llama 3.1's scaling (factor, low_freq_factor 1, high_freq_factor 4,
    /// original_max_position_embeddings) into one float32 divisor a frequency. Angles from rounded divisors would be
    /// 1e-7 off, so the parameters themselves are sought: those that give every divisor. Where there are
    /// none, the divisors stand as they are under <c>"rope_type": "factors"</c>.
    /// </summary>
    private static JsonObject FromFactors(GgufModel model, float[] factors, double theta)
    {
        const double low = 1, high = 4;
        var factor = (double)factors.Max();
        for (var context = 1L << 20; context >= 16; context /= 2)
        {
            var frequencies = Enumerable.Range(0, factors.Length)
                .Select(i => Math.Pow(theta, -(double)i / factors.Length));
            var divisors = frequencies.Select(frequency => Llama3Divisor(frequency, factor, low, high, context));
            if (!divisors.Zip(factors).All(static pair => Math.Abs(pair.First - pair.Second) <= 1e-5 * pair.First))
                continue;
            return new JsonObject
            {
                ["rope_type"] = "llama3",
                ["factor"] = factor,
                ["low_freq_factor"] = low,
                ["high_freq_factor"] = high,
                ["original_max_position_embeddings"] = context,
            };
        }
        return new JsonObject { ["rope_type"] = "factors", ["factors"] = Numbers(factors) };
    }

    /// <summary>What Llama 3.1 divides a frequency by (<c>_compute_llama3_parameters</c> of transformers).</summary>
    private static double Llama3Divisor(double frequency, double factor, double low, double high, double context)
    {
        var turns = context * frequency / (2 * Math.PI);
        if (turns > high)
            return 1;
        if (turns < low)
            return factor;
        var smooth = (turns - low) / (high - low);
        return 1 / (((1 - smooth) / factor) + smooth);
    }

    private static float[] Read(GgufTensor tensor)
    {
        var values = new float[tensor.Stored.Elements];
        tensor.Stored.Read(0, values);
        return values;
    }

    private static JsonArray Numbers(float[] values) => [.. values.Select(static value => (JsonNode)GgufReader.Shortest(value))];
}
