using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LayerGrad.Decoders.Families;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Bench.Headline;

/// <summary>The sizes of a model; its weights are made up.</summary>
/// <param name="Name">What it is called in tables.</param>
/// <param name="Config">Its <c>config.json</c>.</param>
/// <param name="AllLayers">The layers that the model has.</param>
internal sealed record ModelShape(string Name, JsonObject Config, int AllLayers)
{
    /// <summary>The shapes by the names that <c>--shapes</c> takes.</summary>
    public static IReadOnlyDictionary<string, ModelShape> All { get; } = new Dictionary<string, ModelShape>
    {
        ["tiny"] = Create("tiny", "qwen2", hidden: 64, layers: 2, heads: 4, keyValueHeads: 2, middle: 96, vocabulary: 200, tied: true),
        ["small"] = Create("small llama", "llama", hidden: 192, layers: 5, heads: 6, keyValueHeads: 6, middle: 512, vocabulary: 4096, tied: true),
        ["smollm2"] = Create("SmolLM2-135M", "llama", hidden: 576, layers: 30, heads: 9, keyValueHeads: 3, middle: 1536, vocabulary: 49152, tied: true),
        ["qwen2"] = Create("Qwen2-1.5B", "qwen2", hidden: 1536, layers: 28, heads: 12, keyValueHeads: 2, middle: 8960, vocabulary: 151936, tied: true),
        ["llama3"] = Create("Llama-3.1-8B", "llama", hidden: 4096, layers: 32, heads: 32, keyValueHeads: 8, middle: 14336, vocabulary: 128256, tied: false),
        ["olmoe"] = Create("OLMoE-1B-7B", "olmoe", hidden: 2048, layers: 16, heads: 16, keyValueHeads: 16, middle: 1024, vocabulary: 50304, tied: false, experts: 64, expertsPerToken: 8),
        ["qwen3_5"] = Create("Qwen3.5-2B", "qwen3_5_text", hidden: 2048, layers: 24, heads: 8, keyValueHeads: 2, middle: 6144, vocabulary: 248320, tied: true).With(new()
        {
            ["head_dim"] = 256,
            ["linear_num_key_heads"] = 16,
            ["linear_num_value_heads"] = 32,
            ["linear_key_head_dim"] = 128,
            ["linear_value_head_dim"] = 128,
            ["linear_conv_kernel_dim"] = 4,
        }),
        ["gpt_oss"] = Create("gpt-oss-20b", "gpt_oss", hidden: 2880, layers: 24, heads: 64, keyValueHeads: 8, middle: 2880, vocabulary: 201088, tied: false).With(new()
        {
            ["head_dim"] = 64,
            ["num_local_experts"] = 32,
            ["num_experts_per_tok"] = 4,
            ["sliding_window"] = 128,
        }),
    };

    /// <summary>The layers that this shape has.</summary>
    public int Layers => Config["num_hidden_layers"]!.GetValue<int>();

    /// <summary>The name, and how much of the model it is.</summary>
    public string Title => Layers == AllLayers ? Name : string.Create(CultureInfo.InvariantCulture, $"{Name}, {Layers} of {AllLayers} layers");

    /// <summary>Fewer layers and, so that the head's share of the work stays the model's, as much less of a vocabulary.</summary>
    /// <param name="layers">The layers that remain.</param>
    /// <param name="wholeVocabulary">Whether the vocabulary stays, because memory rather than time is looked at.</param>
    public ModelShape WithLayers(int layers, bool wholeVocabulary = false)
    {
        if (layers >= AllLayers)
            return this;
        var config = (JsonObject)Config.DeepClone();
        config["num_hidden_layers"] = layers;
        if (!wholeVocabulary)
            config["vocab_size"] = (int)((long)config["vocab_size"]!.GetValue<int>() * layers / AllLayers);
        return this with { Config = config };
    }

    /// <summary>What the engine reads from the configuration.</summary>
    public DecoderSpecification Describe()
    {
        using var json = JsonDocument.Parse(Config.ToJsonString());
        return DecoderFamilies.Describe(json.RootElement, Name);
    }

    /// <summary>
    /// The multiplications and additions that no method avoids: forward, and backward without weight gradients; the head at response tokens only,
    /// and of a mixture those experts that a token goes through.
    /// </summary>
    /// <param name="tokens">The tokens of an example.</param>
    /// <param name="response">Those of them that belong to the response.</param>
    public double Operations(int tokens, int response)
    {
        var decoder = Describe();
        var layers = decoder.Layers.Sum(layer => layer.ActiveWeights);
        return 4.0 * ((double)layers * tokens + (double)decoder.Head.Linear.Weight.Count * response);
    }

    /// <summary>With further fields of the configuration, or other values of the same.</summary>
    private ModelShape With(Dictionary<string, int> fields)
    {
        var config = (JsonObject)Config.DeepClone();
        foreach (var (name, value) in fields)
            config[name] = value;
        return this with { Config = config };
    }

    private static ModelShape Create(string name, string type, int hidden, int layers, int heads, int keyValueHeads, int middle, int vocabulary, bool tied, int? experts = null, int? expertsPerToken = null)
    {
        var config = new JsonObject
        {
            ["model_type"] = type,
            ["hidden_size"] = hidden,
            ["num_hidden_layers"] = layers,
            ["num_attention_heads"] = heads,
            ["num_key_value_heads"] = keyValueHeads,
            ["intermediate_size"] = middle,
            ["vocab_size"] = vocabulary,
            ["tie_word_embeddings"] = tied,
            ["hidden_act"] = "silu",
            ["rms_norm_eps"] = 1e-6,
            ["rope_theta"] = 10000.0,
            ["max_position_embeddings"] = 32768,
        };
        if (experts is not null)
            (config["num_experts"], config["num_experts_per_tok"]) = (experts, expertsPerToken);
        return new ModelShape(name, config, layers);
    }
}
