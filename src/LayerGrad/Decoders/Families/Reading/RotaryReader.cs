using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Families.Reading;

/// <summary>
/// Reads rotary embeddings from a configuration: <c>rope_parameters</c> (transformers 5), flat or nested by layer type, or
/// <c>rope_scaling</c> with <c>rope_theta</c> beside it (transformers 4). A value inside the dictionary beats one beside it, which beats
/// the class's default. Reference: transformers <c>modeling_rope_utils.py</c>.
/// </summary>
internal static class RotaryReader
{
    private const string Parameters = "rope_parameters";
    private const string Scaling = "rope_scaling";
    private const string Theta = "rope_theta";
    private const string Part = "partial_rotary_factor";

    /// <summary>The embedding that all layers share.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="rules">What the family's class does.</param>
    public static RotarySpecification Read(ConfigReader config, Sizes sizes, RotaryRules? rules = null)
    {
        rules ??= new RotaryRules();
        var settings = Settings(config, rules);
        foreach (var key in settings?.Keys ?? [])
        {
            if (settings!.IsObject(key))
                throw config.Inconsistent($"{settings.PathOf(key)} is an object: settings by layer type, which {config.Text("model_type", "this family")} does not have");
        }

        var theta = settings?.HasKey(Theta) == true ? settings.PositiveDouble(Theta) : config.PositiveDouble(rules.ThetaField, rules.Theta);
        config.IgnoreIfEqual(Theta, theta);
        config.IgnoreIfEqual(rules.ThetaField, theta);
        if (rules.OriginalLength is not null)
            config.Ignore("original_max_position_embeddings");
        if (rules.Axes != RotaryAxes.One)
            ReadAxes(config, settings, sizes, rules);
        return Read(config, settings, theta, Columns(config, settings, sizes, rules), sizes, rules, readsTruncate: true);
    }

    /// <summary>
    /// The embeddings of full and of sliding layers, for classes whose dictionary is nested by layer type (Gemma 3). A <c>rope_scaling</c>
    /// scales the full layers alone.
    /// </summary>
    /// <param name="config">The configuration.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="fullTheta">The base of full layers where <c>rope_theta</c> is missing.</param>
    /// <param name="slidingTheta">The base of sliding layers where that field is missing.</param>
    /// <param name="slidingField">The field that gives the base of sliding layers; null where none does.</param>
    public static (RotarySpecification Full, RotarySpecification Sliding) ReadByLayerType(
        ConfigReader config, Sizes sizes, double fullTheta, double slidingTheta, string? slidingField)
    {
        var settings = Settings(config, new RotaryRules());
        if (config.Has(Parameters))
        {
            var flat = (settings?.Keys ?? []).Where(key => !settings!.IsObject(key)).ToList();
            if (flat.Count > 0 && flat.Count < settings!.Keys.Count())
                throw config.Inconsistent($"{settings.PathOf(flat[0])} stands outside full_attention and sliding_attention, where the reference does not look; nest the settings by layer type");
            if (flat.Count > 0)
            {
                // Settings that are not nested at all are lost in the reference.
                config.TellUnused(Parameters);
                return (Of(null, Theta, fullTheta), Of(null, slidingField, slidingTheta));
            }

            return (Of(settings?.Object("full_attention"), Theta, fullTheta), Of(settings?.Object("sliding_attention"), slidingField, slidingTheta));
        }

        // The class's own "rope_type": "default" stands before a "type", which the reference then never looks at.
        if (settings is { } scaling && scaling.HasKey("type") && !scaling.HasKey("rope_type"))
            throw scaling.Unsupported("type", "rope_type, the one name that the reference looks at here");
        return (Of(settings, Theta, fullTheta), Of(null, slidingField, slidingTheta));

        RotarySpecification Of(ConfigReader? own, string? field, double otherwise)
        {
            var theta = own?.HasKey(Theta) == true ? own.PositiveDouble(Theta) : field is null ? otherwise : config.PositiveDouble(field, otherwise);
            return Read(config, own, theta, sizes.HeadSize, sizes, new RotaryRules(), readsTruncate: false);
        }
    }

    /// <summary>
    /// The embedding of one type of layers, whole heads of a size of their own, for classes whose dictionary is nested by layer type and knows the kind
    /// proportional (Gemma 4): a part of the frequencies of a whole head, divided by <c>factor</c>; the others are 0.
    /// </summary>
    /// <param name="config">The configuration.</param>
    /// <param name="type">The type of layers.</param>
    /// <param name="headSize">The columns of a head.</param>
    /// <param name="otherwise">The settings where the dictionary is missing, as JSON.</param>
    public static RotarySpecification ReadProportional(ConfigReader config, string type, int headSize, string otherwise)
    {
        var settings = config.Has(Parameters)
            ? config.Object(Parameters)!.Object(type) ?? throw config.Missing($"{Parameters}.{type}")
            : config.Instead($"{Parameters}.{type}", otherwise);
        if (headSize % 2 != 0)
            throw config.Inconsistent($"a head of {type} has {headSize} columns, not an even number");
        var frequencies = RotarySpecification.Frequencies(settings.PositiveDouble(Theta), headSize);
        switch (settings.Text("rope_type", "default"))
        {
            case "default":
                if (settings.OptionalDouble(Part) is { } whole && whole != 1)
                    throw settings.Unsupported(Part, "1, which is what the kind default turns here");
                return new RotarySpecification(frequencies, Interleaved: false);
            case "proportional":
                var (part, factor) = (settings.Double(Part, 1), settings.PositiveDouble("factor", 1));
                if (part is < 0 or > 1)
                    throw settings.Unsupported(Part, "a number from 0 to 1");
                var turned = (int)Math.Floor(part * headSize / 2);
                return new RotarySpecification([.. frequencies.Select((frequency, i) => i < turned ? frequency / factor : 0)], Interleaved: false);
            default:
                throw settings.Unsupported("rope_type", "default, proportional");
        }
    }

    private static RotarySpecification Read(
        ConfigReader config, ConfigReader? settings, double theta, int columns, Sizes sizes, RotaryRules rules, bool readsTruncate)
    {
        var scaling = new RotaryScaling(config, settings, theta, columns, sizes, rules);
        return Kind(settings, rules) switch
        {
            "default" => scaling.Unscaled(),
            "linear" => scaling.Linear(),
            "dynamic" when rules.DynamicAlpha && settings!.OptionalDouble(RotaryScaling.Alpha) is { } alpha and not 0 => scaling.DynamicAlpha(alpha),
            "dynamic" => scaling.Dynamic(),
            "yarn" => scaling.Yarn(readsTruncate),
            "longrope" => scaling.Longrope(),
            "llama3" => scaling.Llama3(),
            "factors" => scaling.Factors(),
            _ => throw settings!.Unsupported(KindField(settings), rules.LongropeOnly ? "default, longrope" : "default, linear, dynamic, yarn, longrope, llama3"),
        };
    }

    private static string Kind(ConfigReader? settings, RotaryRules rules)
    {
        if (settings is null)
            return "default";
        var kind = Name(settings.Text(KindField(settings), "default"));
        if (settings.HasKey("rope_type") && settings.Has("type") && Name(settings.Text("type")) is var other && other != kind)
            throw settings.Inconsistent($"{settings.PathOf("rope_type")} is '{kind}' and {settings.PathOf("type")} '{other}'");
        if (!rules.LongropeOnly)
            return kind;
        return kind == "su" ? "longrope" : kind is "default" or "longrope" or "factors" ? kind : throw settings.Unsupported(KindField(settings), "default, longrope");

        // What older configurations call the ordinary embedding of several axes.
        string Name(string written) => written == "mrope" && rules.Axes != RotaryAxes.One ? "default" : written;
    }

    /// <summary>Reads how the axes share the frequencies, which for text makes no difference as long as every frequency has an axis.</summary>
    private static void ReadAxes(ConfigReader config, ConfigReader? settings, Sizes sizes, RotaryRules rules)
    {
        const string Sections = "mrope_section";
        settings?.Ignore("mrope_interleaved");
        if (rules.Axes == RotaryAxes.Interleaved)
        {
            settings?.Ignore(Sections);
            return;
        }

        if (settings?.Ints(Sections) is not { } sections)
            throw (settings ?? config).Missing(settings is null ? Parameters : Sections);
        if (sections.Any(static section => section < 0) || 2L * sections.Sum(static section => (long)section) != sizes.HeadSize)
            throw settings.Inconsistent($"{settings.PathOf(Sections)} deals out {sections.Sum(static section => (long)section)} frequencies, but a head of {sizes.HeadSize} columns has {sizes.HeadSize / 2}");
    }

    /// <summary>
    /// What DeepSeek's classes multiply the scale of the scores by beside what yarn does to the turned columns: m² with m = 0.1 · <c>mscale_all_dim</c> ·
    /// ln <c>factor</c> + 1; 1 without a scaling or without that field.
    /// </summary>
    /// <param name="config">The configuration.</param>
    /// <param name="rules">What the family's class does.</param>
    public static double ReadScoreFactor(ConfigReader config, RotaryRules rules)
    {
        var settings = Settings(config, rules);
        if (settings is null || Kind(settings, rules) == "default" || settings.OptionalDouble("mscale_all_dim") is not { } all || all == 0)
            return 1;
        var factor = settings.Double("factor");
        var magnitude = factor <= 1 ? 1 : 0.1 * all * Math.Log(factor) + 1;
        return magnitude * magnitude;
    }

    /// <summary>How queries grow with their position by <c>llama_4_scaling_beta</c>.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="sizes">The sizes.</param>
    /// <param name="rules">What the family's class does.</param>
    public static PositionScale ReadQueryScale(ConfigReader config, Sizes sizes, RotaryRules rules)
    {
        const string Original = "original_max_position_embeddings";
        var settings = Settings(config, rules) ?? throw config.Missing($"{Parameters}.llama_4_scaling_beta");
        var beta = settings.Double("llama_4_scaling_beta");
        settings.Ignore("max_position_embeddings");
        return new PositionScale(beta, Kind(settings, rules) switch
        {
            "llama3" or "yarn" or "longrope" => settings.OptionalInt(Original, 1) ?? config.OptionalInt(Original, 1) ?? Math.Max(1, sizes.Positions),
            _ => settings.OptionalInt(Original, 1) ?? throw settings.Missing(Original),
        });
    }

    private static string KindField(ConfigReader settings) => settings.HasKey("rope_type") ? "rope_type" : "type";

    /// <summary>The one dictionary of settings; null where there is none or it is empty.</summary>
    private static ConfigReader? Settings(ConfigReader config, RotaryRules rules)
    {
        if (rules.Default is { } json && !config.Has(Parameters) && NotEmpty(config.Object(Scaling)) is null)
            return config.Instead(Parameters, json);
        var (parameters, scaling) = (NotEmpty(config.Object(Parameters)), NotEmpty(config.Object(Scaling)));
        if (parameters is not null && scaling is not null && !parameters.SaysTheSameAs(scaling))
            throw config.Inconsistent($"{Parameters} and {Scaling} are both there and differ (transformers 5 takes {Scaling} and loses {Theta}); keep one of them");
        return parameters ?? scaling;
    }

    private static ConfigReader? NotEmpty(ConfigReader? settings) => settings?.Keys.Any() == true ? settings : null;

    private static int Columns(ConfigReader config, ConfigReader? settings, Sizes sizes, RotaryRules rules)
    {
        if (rules.Part is not { } otherwise)
        {
            // Such a class turns whole heads. Its scaled kinds come from code that all classes share and would turn a part, which its layers cannot use.
            var part = settings?.Has(Part) == true ? settings.Double(Part) : config.OptionalDouble(Part) ?? 1;
            if (part != 1 && settings is not null && Kind(settings, rules) != "default")
                throw config.Inconsistent($"{Part} is {part} with a scaled rotary embedding, but this family turns whole heads");
            if (part != 1)
            {
                config.TellUnused(Part);
                settings?.TellUnused(Part);
            }

            return sizes.HeadSize % 2 == 0
                ? sizes.HeadSize
                : throw config.Inconsistent($"a head has {sizes.HeadSize} columns (head_dim, or hidden_size {sizes.Hidden} / num_attention_heads {sizes.Heads}), not an even number");
        }

        var inside = settings?.HasKey(Part) == true;
        var value = inside ? settings!.Double(Part) : config.Double(rules.PartField, otherwise);
        config.IgnoreIfEqual(Part, value);
        config.IgnoreIfEqual(rules.PartField, value);
        if (value is < 0 or > 1)
            throw config.Inconsistent($"{(inside ? settings!.PathOf(Part) : rules.PartField)} is {value}, which is no part of a head");
        var columns = (int)(sizes.HeadSize * value);
        return columns % 2 == 0 ? columns : throw config.Inconsistent($"{rules.PartField} {value} of the {sizes.HeadSize} columns of a head (hidden_size {sizes.Hidden}, num_attention_heads {sizes.Heads}) is {columns}, not an even number");
    }
}
