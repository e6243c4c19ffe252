using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Reading;

/// <summary>The parts that most families share, under the names that most checkpoints use.</summary>
internal static class Building
{
    /// <summary>Layer i's prefix in most checkpoints.</summary>
    public static string Layer(int layer) => $"model.layers.{layer}";

    /// <summary>The scale 1 / √head size of Vaswani et al. 2017 with a window, or none.</summary>
    public static AttentionShape Scores(Sizes sizes, int? window = null) => new(1 / Math.Sqrt(sizes.HeadSize), null, window);

    /// <summary>Attention with <c>q_proj</c>, <c>k_proj</c>, <c>v_proj</c> and <c>o_proj</c>.</summary>
    /// <param name="prefix">The attention's name.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="rotary">The rotary embedding, or null.</param>
    /// <param name="shape">The settings of the scores.</param>
    /// <param name="qkvBias">Whether the first three have biases.</param>
    /// <param name="outputBias">Whether the last one has.</param>
    /// <param name="output">The name of the output projection.</param>
    public static AttentionSpecification Attention(
        string prefix, Sizes sizes, RotarySpecification? rotary, AttentionShape shape, bool qkvBias = false, bool outputBias = false, string output = "o_proj")
    {
        var (queries, keys) = (sizes.Heads * sizes.HeadSize, sizes.KeyValueHeads * sizes.HeadSize);
        return new AttentionSpecification
        {
            Projections =
            [
                LinearSpecification.Create($"{prefix}.q_proj", sizes.Hidden, queries, qkvBias),
                LinearSpecification.Create($"{prefix}.k_proj", sizes.Hidden, keys, qkvBias),
                LinearSpecification.Create($"{prefix}.v_proj", sizes.Hidden, keys, qkvBias),
            ],
            Output = LinearSpecification.Create($"{prefix}.{output}", queries, sizes.Hidden, outputBias),
            Heads = sizes.Heads,
            KeyValueHeads = sizes.KeyValueHeads,
            HeadSize = sizes.HeadSize,
            Rotary = rotary,
            Shape = shape,
        };
    }

    /// <summary>The same attention with root-mean-square norms of each query head and of each key head.</summary>
    /// <param name="attention">The attention.</param>
    /// <param name="query">The name of the queries' norm.</param>
    /// <param name="key">The name of the keys' norm.</param>
    /// <param name="epsilon">Added under the root.</param>
    public static AttentionSpecification WithHeadNorms(AttentionSpecification attention, string query, string key, double epsilon) => attention with
    {
        QueryNorm = NormSpecification.Rms(query, attention.HeadSize, epsilon) with { Groups = attention.Heads },
        KeyNorm = NormSpecification.Rms(key, attention.HeadSize, epsilon) with { Groups = attention.KeyValueHeads },
    };

    /// <summary>The same attention with root-mean-square norms over all columns of the queries and of the keys.</summary>
    /// <param name="attention">The attention.</param>
    /// <param name="prefix">Its name.</param>
    /// <param name="epsilon">Added under the root.</param>
    public static AttentionSpecification WithColumnNorms(AttentionSpecification attention, string prefix, double epsilon) => attention with
    {
        QueryNorm = NormSpecification.Rms($"{prefix}.q_norm", attention.Heads * attention.HeadSize, epsilon),
        KeyNorm = NormSpecification.Rms($"{prefix}.k_norm", attention.KeyValueHeads * attention.HeadSize, epsilon),
    };

    /// <summary>A layer as Llama has it, with root-mean-square norms <c>input_layernorm</c> and <c>post_attention_layernorm</c> before its parts.</summary>
    /// <param name="prefix">The layer's name.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="epsilon">Added under the roots.</param>
    /// <param name="mixer">Attention, or another mixer.</param>
    /// <param name="feedForward">Feed-forward.</param>
    public static LayerSpecification PreNorm(string prefix, Sizes sizes, double epsilon, MixerSpecification mixer, FeedForwardSpecification feedForward) => new()
    {
        MixerNorm = NormSpecification.Rms($"{prefix}.input_layernorm", sizes.Hidden, epsilon),
        Mixer = mixer,
        FeedForwardNorm = NormSpecification.Rms($"{prefix}.post_attention_layernorm", sizes.Hidden, epsilon),
        FeedForward = feedForward,
    };

    /// <summary>A decoder with the embedding, the root-mean-square norm and the head that most have.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="family">Its <c>model_type</c>.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="epsilon">Added under the root of the last norm.</param>
    /// <param name="tiedByDefault">What the family assumes where <c>tie_word_embeddings</c> is missing.</param>
    /// <param name="layer">Makes a layer by its number.</param>
    /// <param name="headBias">Whether the head has a bias.</param>
    public static DecoderSpecification Decoder(
        ConfigReader config, string family, Sizes sizes, double epsilon, bool tiedByDefault, Func<int, LayerSpecification> layer, bool headBias = false) =>
        Decoder(config, family, sizes, NormSpecification.Rms("model.norm", sizes.Hidden, epsilon), tiedByDefault, layer, headBias);

    /// <summary>A decoder with the embedding and the head that most have, and another last norm.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="family">Its <c>model_type</c>.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="finalNorm">The last norm.</param>
    /// <param name="tiedByDefault">What the family assumes where <c>tie_word_embeddings</c> is missing.</param>
    /// <param name="layer">Makes a layer by its number.</param>
    /// <param name="headBias">Whether the head has a bias.</param>
    public static DecoderSpecification Decoder(
        ConfigReader config, string family, Sizes sizes, NormSpecification finalNorm, bool tiedByDefault, Func<int, LayerSpecification> layer, bool headBias = false) => new()
        {
            Family = family,
            HiddenSize = sizes.Hidden,
            MaximumPositions = sizes.Positions,
            Embedding = Embedding(sizes),
            Layers = [.. Enumerable.Range(0, sizes.Layers).Select(layer)],
            FinalNorm = finalNorm,
            Head = new HeadSpecification(Head(config, sizes, tiedByDefault, headBias)),
        };

    /// <summary>One layer that computes queries, keys and values, one behind the other.</summary>
    public static LinearSpecification FusedQkv(string name, Sizes sizes, bool bias = false)
    {
        var (queries, keys) = (sizes.Heads * sizes.HeadSize, sizes.KeyValueHeads * sizes.HeadSize);
        return LinearSpecification.Create(name, sizes.Hidden, queries + 2 * keys, bias) with
        {
            Parts = [new FusedPart("q_proj", 0, queries), new FusedPart("k_proj", queries, keys), new FusedPart("v_proj", queries + keys, keys)],
        };
    }

    /// <summary>Feed-forward with <c>gate_proj</c>, <c>up_proj</c> and <c>down_proj</c>.</summary>
    public static DenseFeedForwardSpecification GatedMlp(string prefix, int hidden, int intermediate, Activation activation, bool bias = false) => new(
        [
            LinearSpecification.Create($"{prefix}.gate_proj", hidden, intermediate, bias),
            LinearSpecification.Create($"{prefix}.up_proj", hidden, intermediate, bias),
        ],
        LinearSpecification.Create($"{prefix}.down_proj", intermediate, hidden, bias), activation, Gated: true);

    /// <summary>Feed-forward whose gate and up are one layer <c>gate_up_proj</c>.</summary>
    public static DenseFeedForwardSpecification FusedGatedMlp(string prefix, Sizes sizes, Activation activation) =>
        FusedGatedMlp($"{prefix}.gate_up_proj", $"{prefix}.down_proj", sizes.Hidden, sizes.Intermediate, activation);

    /// <summary>Feed-forward whose gate and up are one layer, gate first.</summary>
    public static DenseFeedForwardSpecification FusedGatedMlp(string gateUp, string down, int hidden, int intermediate, Activation activation) => new(
        [
            LinearSpecification.Create(gateUp, hidden, 2 * intermediate) with
            {
                Parts = [new FusedPart("gate_proj", 0, intermediate), new FusedPart("up_proj", intermediate, intermediate)],
            },
        ],
        LinearSpecification.Create(down, intermediate, hidden), activation, Gated: true);

    /// <summary>Feed-forward without a gate.</summary>
    public static DenseFeedForwardSpecification PlainMlp(string up, string down, Sizes sizes, Activation activation, bool bias) => new(
        [LinearSpecification.Create(up, sizes.Hidden, sizes.Intermediate, bias)],
        LinearSpecification.Create(down, sizes.Intermediate, sizes.Hidden, bias), activation, Gated: false);

    /// <summary>The embedding <c>model.embed_tokens</c>.</summary>
    public static ParameterSpecification Embedding(Sizes sizes, string name = "model.embed_tokens.weight") =>
        ParameterSpecification.Matrix(name, sizes.Vocabulary, sizes.Hidden);

    /// <summary>The head <c>lm_head</c>, or the embedding where <c>tie_word_embeddings</c> says so.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="tiedByDefault">What the family assumes where the field is missing.</param>
    /// <param name="bias">Whether the head has a bias.</param>
    /// <param name="name">The head's name where it is not tied.</param>
    public static LinearSpecification Head(ConfigReader config, Sizes sizes, bool tiedByDefault, bool bias = false, string name = "lm_head")
    {
        var linear = LinearSpecification.Create(name, sizes.Hidden, sizes.Vocabulary, bias);
        return config.Bool("tie_word_embeddings", tiedByDefault) ? linear with { Weight = Embedding(sizes) } : linear;
    }

    /// <summary>The window <c>sliding_window</c>, or null where it is null or not in use.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="otherwise">The family's window where the field is missing.</param>
    /// <param name="isUsed">Whether the window is in use; where it is not, it may be anything.</param>
    public static int? Window(ConfigReader config, int? otherwise, bool isUsed = true)
    {
        const string Field = "sliding_window";
        var window = config.HasKey(Field) ? config.OptionalInt(Field, isUsed ? 1 : int.MinValue) : otherwise;
        return isUsed ? window : null;
    }

    /// <summary>The window of each layer, which a layer that slides must have.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="window">The window.</param>
    /// <param name="slides">Which layers slide.</param>
    public static int?[] Windows(ConfigReader config, int? window, bool[] slides) => window is null && slides.Contains(true)
        ? throw config.Inconsistent("layer_types has sliding layers, but sliding_window is null or missing")
        : [.. slides.Select(sliding => sliding ? window : null)];

    /// <summary>A cap of scores or logits, or null where it is null.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="field">The field.</param>
    /// <param name="otherwise">The family's cap where the field is missing.</param>
    public static double? Cap(ConfigReader config, string field, double? otherwise) =>
        config.HasKey(field) ? config.OptionalPositiveDouble(field) : otherwise;

    /// <summary>Which layers' attention slides by <c>layer_types</c>, or by the family's rule where that is missing.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="rule">The family's rule for a layer.</param>
    public static bool[] LayerTypes(ConfigReader config, Sizes sizes, Func<int, bool> rule)
    {
        if (config.Items("layer_types") is not { } types)
            return [.. Enumerable.Range(0, sizes.Layers).Select(rule)];
        if (types.Count != sizes.Layers)
            throw config.Inconsistent($"layer_types names {types.Count} layers, but num_hidden_layers is {sizes.Layers}");
        return [.. types.Select(type => type.AsText() switch
        {
            "sliding_attention" => true,
            "full_attention" => false,
            _ => throw type.Wrong("full_attention or sliding_attention, the kinds that LayerGrad implements"),
        })];
    }
}
