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
    public static JsonObject? Scaling(GgufModel model, double theta)
    {
        if (model.Tensors.TryGetValue(Factors, out var factors))
            return FromFactors(model, Read(factors), theta);
        if (model.Tensors.TryGetValue(LongFactors, out var longFactors) && model.Tensors.TryGetValue(ShortFactors, out var shortFactors))
        {
            return new JsonObject
            {
                ["rope_type"] = "longrope",
                ["short_factor"] = Numbers(Read(shortFactors)),
                ["long_factor"] = Numbers(Read(longFactors)),
            };
        }

        var factor = model.FindNumber("rope.scaling.factor") ?? model.FindNumber("rope.scale_linear");
        var type = model.Find("rope.scaling.type") as string ?? (factor is null ? "none" : "linear");
        return type switch
        {
            "none" => null,
            "linear" when factor is null or 1 or 0 => null,
            "linear" => new JsonObject { ["rope_type"] = "linear", ["factor"] = factor },
            "yarn" => new JsonObject
            {
                ["rope_type"] = "yarn",
                ["factor"] = factor,
                ["original_max_position_embeddings"] = model.FindInteger("rope.scaling.original_context_length"),
            },
            _ => new JsonObject { ["rope_type"] = type },
        };
    }

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
