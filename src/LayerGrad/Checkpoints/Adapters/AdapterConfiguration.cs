using LayerGrad.Json;

namespace LayerGrad.Checkpoints.Adapters;

/// <summary>
/// <c>adapter_config.json</c> as PEFT writes it for LoRA. What a configuration asks for and is not computed exactly is refused by the name of its field;
/// what it leaves as it is, or says of how the adapter was trained, is not.
/// </summary>
internal sealed class AdapterConfiguration
{
    /// <summary>The name of the file.</summary>
    public const string FileName = "adapter_config.json";

    /// <summary>What is read here, and what tells of the training or the program alone.</summary>
    private static readonly HashSet<string> s_known =
    [
        "peft_type", "r", "lora_alpha", "rank_pattern", "alpha_pattern", "use_rslora", "use_dora", "bias", "target_modules", "exclude_modules", "layers_to_transform", "layers_pattern",
        "modules_to_save", "fan_in_fan_out", "init_lora_weights", "ensure_weight_tying",
        "auto_mapping", "base_model_name_or_path", "revision", "inference_mode", "task_type", "peft_version", "lora_dropout", "megatron_core", "loftq_config", "corda_config", "eva_config",
        "qalora_group_size", "runtime_config", "base_model_class", "parent_library",
    ];

    /// <summary>Fields with a reason of their own.</summary>
    private static readonly Dictionary<string, string> s_reasons = new(StringComparer.Ordinal)
    {
        ["use_qalora"] = "it pools the inputs of a quantised layer",
        ["target_parameters"] = "it adapts parameters that are no linear layer's",
        ["trainable_token_indices"] = "it replaces single rows of the embedding",
        ["alora_invocation_tokens"] = "it takes effect from certain tokens on, and is no change of the weights",
        ["layer_replication"] = "it repeats layers",
        ["lora_bias"] = "it adds a bias of its own",
        ["megatron_config"] = "its layers are Megatron's",
    };

    private readonly JsonValue _config;
    private readonly bool _rootOfRank;
    private readonly int _rank;
    private readonly double _alpha;
    private readonly (string Pattern, int Rank)[] _ranks;
    private readonly (string Pattern, double Alpha)[] _alphas;

    private AdapterConfiguration(JsonValue config)
    {
        _config = config;
        Refuse();
        _rank = config.OptionalInt("r", 1) ?? 8;
        _alpha = config.OptionalDouble("lora_alpha") ?? 8;
        _rootOfRank = config.Flag("use_rslora", otherwise: false);
        IsDora = config.Flag("use_dora", otherwise: false);
        TiesWeights = config.Flag("ensure_weight_tying", otherwise: false);
        _ranks = [.. config.OptionalObject("rank_pattern")?.Members().Select(static pair => (pair.Key, pair.Value.AsInt(1))) ?? []];
        _alphas = [.. config.OptionalObject("alpha_pattern")?.Members().Select(static pair => (pair.Key, pair.Value.AsDouble())) ?? []];
        Targets = new AdapterTargets(config);
    }

    /// <summary>Which modules are adapted, and which are stored whole.</summary>
    public AdapterTargets Targets { get; }

    /// <summary>Whether each row of an adapted weight has a magnitude of its own (Liu et al. 2024, arXiv 2402.09353).</summary>
    public bool IsDora { get; }

    /// <summary>Whether a head that is tied to the embedding stays so when that is replaced.</summary>
    public bool TiesWeights { get; }

    /// <summary>What is said of ranks and alphas, in a line.</summary>
    public string Summary
    {
        get
        {
            var more = new[] { _ranks.Length > 0 ? "ranks by pattern" : null, _alphas.Length > 0 ? "alphas by pattern" : null, _rootOfRank ? "rsLoRA" : null, IsDora ? "DoRA" : null }.OfType<string>();
            return string.Join(", ", [FormattableString.Invariant($"LoRA, r {_rank}, alpha {_alpha}"), .. more]);
        }
    }

    /// <summary>Reads and checks a configuration.</summary>
    /// <param name="bytes">The file's content.</param>
    /// <param name="path">Where it stands.</param>
    /// <exception cref="InputException">It is broken, or asks for what is not computed.</exception>
    public static AdapterConfiguration Parse(byte[] bytes, string path)
    {
        var config = ForeignJson.Parse(bytes, path);
        return config.IsObject ? new AdapterConfiguration(config) : throw config.Wrong("an object");
    }

    /// <summary>The rank of a module.</summary>
    /// <param name="module">Its name in the model's own class.</param>
    public int RankOf(string module) => First(_ranks, module, "rank_pattern", _rank);

    /// <summary>What multiplies a module's B A: alpha over the rank, or over its root.</summary>
    /// <param name="module">Its name in the model's own class.</param>
    public double ScaleOf(string module)
    {
        var (rank, alpha) = ((double)RankOf(module), First(_alphas, module, "alpha_pattern", _alpha));
        return alpha / (_rootOfRank ? Math.Sqrt(rank) : rank);
    }

    /// <summary>The value of the first pattern, in the order of the file, that matches a module's name at its end (PEFT's <c>get_pattern_key</c>).</summary>
    private T First<T>((string Pattern, T Value)[] patterns, string module, string key, T otherwise)
    {
        foreach (var (pattern, value) in patterns)
        {
            if (PythonPattern.Match($@"(.*\.)?({pattern})\z", module, $"{_config.File}: {key}").Success)
                return value;
        }

        return otherwise;
    }

    private void Refuse()
    {
        var type = _config.Require("peft_type").AsText();
        if (type != "LORA")
            throw new InputException($"{_config.File}: is an adapter of the kind {type}, which is not supported; LORA is");
        foreach (var (key, value) in _config.Members())
        {
            if (!s_known.Contains(key) && !IsLeftOut(value))
            {
                var reason = s_reasons.TryGetValue(key, out var told) ? $" ({told})" : "";
                throw new InputException($"{_config.File}: asks for {key}{reason}, which is not supported; merge the adapter with PEFT (merge_and_unload) and give the merged model");
            }
        }

        if (_config.OptionalText("bias") is { } bias and not ("none" or "all" or "lora_only"))
            throw new InputException($"{_config.File}: bias is '{bias}'; there are none, all and lora_only");
        RefuseInitialisation();
    }

    /// <summary>An initialisation that takes its part out of the base's weights does so again each time that PEFT loads the adapter.</summary>
    private void RefuseInitialisation()
    {
        if (_config.Find("init_lora_weights") is not { IsText: true } value)
            return;
        var name = value.AsText();
        if (name is "gaussian" or "orthogonal" or "eva" or "loftq" || name.StartsWith("corda", StringComparison.Ordinal))
            return;
        throw new InputException(
            $"{_config.File}: init_lora_weights is '{name}', with which the base's weights are changed when the adapter is made, and so are not those of --model; save it with path_initial_model_for_weight_conversion, which makes an ordinary adapter of it");
    }

    private static bool IsLeftOut(JsonValue value) =>
        value.IsNull || ((value.IsArray || value.IsObject) && value.Count == 0) || (value.IsText && value.AsText().Length == 0)
        || value.Kind == System.Text.Json.JsonValueKind.False;
}
