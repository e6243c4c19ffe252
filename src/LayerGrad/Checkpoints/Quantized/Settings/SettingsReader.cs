using LayerGrad.Json;

namespace LayerGrad.Checkpoints.Quantized.Settings;

/// <summary>Reads <c>quantization_config</c> of each method; what would give other weights than LayerGrad decodes is refused by its name.</summary>
internal static class SettingsReader
{
    private const int LargestSize = 1 << 28;

    /// <summary>Reads the settings.</summary>
    /// <param name="settings">The object.</param>
    /// <exception cref="InputException">A method or a setting is not implemented, by its name.</exception>
    public static QuantizationSettings Read(JsonValue settings)
    {
        var method = settings.Find("quant_method") is { } named ? named.AsText() : Guessed(settings);
        return method switch
        {
            "mxfp4" => new QuantizationSettings(method),
            "fp8" => Fp8(settings),
            "gptq" => Gptq(settings),
            "awq" => Awq(settings),
            // LLM.int8() quantises activations as well.
            "bitsandbytes" => new QuantizationSettings(method) { QuantizesActivations = settings.Flag("load_in_8bit", otherwise: false) },
            "compressed-tensors" => CompressedTensorsReader.Read(settings),
            "modelopt" => ModelOpt(settings),
            _ => throw Unsupported(settings, "quant_method", QuantizationSettings.Methods),
        };
    }

    /// <summary>The error for a value that is not implemented.</summary>
    /// <param name="holder">The object with the value.</param>
    /// <param name="key">Its key.</param>
    /// <param name="supported">What is supported.</param>
    public static InputException Unsupported(JsonValue holder, string key, string supported) =>
        holder.Error($"{holder.Below(key)} is {holder.Find(key)?.Shown() ?? "missing"}, which LayerGrad does not implement; supported: {supported}");

    /// <summary>Refuses a text that is none of some.</summary>
    public static string OneOf(JsonValue holder, string key, string otherwise, params ReadOnlySpan<string> supported)
    {
        var text = holder.OptionalText(key) ?? otherwise;
        return supported.Contains(text) ? text : throw Unsupported(holder, key, string.Join(", ", supported.ToArray()));
    }

    /// <summary>The rows and columns of a block, or null where there is no such key or it is null.</summary>
    public static (int Rows, int Columns)? Block(JsonValue holder, string key)
    {
        if (holder.Find(key) is not { } block)
            return null;
        if (!block.IsArray || block.Count != 2)
            throw Unsupported(holder, key, "two numbers above 0, the rows and columns of a block");
        int[] sizes = [.. block.Items().Select(static size => size.IsWhole ? size.AsLong() : 0).Select(static size => size is > 0 and <= LargestSize ? (int)size : 0)];
        return sizes is [> 0, > 0] ? (sizes[0], sizes[1]) : throw Unsupported(holder, key, "two numbers above 0, the rows and columns of a block");
    }

    /// <summary>The elements of a group: a number above 0, or −1 for a whole line.</summary>
    public static int GroupSize(JsonValue holder, int otherwise)
    {
        var size = holder.OptionalInt("group_size") ?? otherwise;
        return size is -1 or (> 0 and <= LargestSize) ? size : throw Unsupported(holder, "group_size", "a number above 0, and -1 for one group");
    }

    /// <summary>What transformers takes for bitsandbytes' settings of its first versions, which do not name their method.</summary>
    private static string? Guessed(JsonValue settings) =>
        settings.Find("load_in_4bit") is { IsNull: false } || settings.Find("load_in_8bit") is { IsNull: false } ? "bitsandbytes" : null;

    private static QuantizationSettings Fp8(JsonValue settings)
    {
        OneOf(settings, "fmt", "e4m3", "e4m3");
        OneOf(settings, "activation_scheme", "dynamic", "dynamic", "static");

        // FineGrainedFP8Config of transformers: blocks of 128 x 128 where nothing is said, and by whole tensors where null is.
        var block = settings.FindOrNull("weight_block_size") is null ? (128, 128) : Block(settings, "weight_block_size");
        return new QuantizationSettings("fp8") { Block = block, QuantizesActivations = true };
    }

    private static QuantizationSettings Gptq(JsonValue settings)
    {
        var bits = Bits(settings, 4, 8);
        var (format, other) = (settings.OptionalText("checkpoint_format"), settings.OptionalText("format"));
        if (format is not null && other is not null && format != other)
            throw settings.Error($"{settings.Below("checkpoint_format")} is {format}, but {settings.Below("format")} {other}; check the configuration against the checkpoint it came with");
        OneOf(settings, format is null && other is not null ? "format" : "checkpoint_format", "gptq", "gptq", "gptq_v2");
        if (settings.Flag("is_marlin_format", otherwise: false))
            throw Unsupported(settings, "is_marlin_format", "false");
        OneOf(settings, "pack_dtype", "int32", "int32");
        return new QuantizationSettings("gptq")
        {
            Bits = bits,
            GroupSize = GroupSize(settings, 128),
            ZeroOffset = (format ?? other) == "gptq_v2" ? 0 : 1,
            Rules = settings.Find("dynamic") is { } rules ? Dynamic(rules) : [],
        };
    }

    /// <summary>GPTQModel's rules: <c>+:</c> in front of a pattern or nothing for modules that are stored otherwise, <c>-:</c> for those that are not quantised.</summary>
    private static List<ModuleRule> Dynamic(JsonValue rules)
    {
        var all = new List<ModuleRule>();
        foreach (var (key, value) in rules.Members())
        {
            if (key.StartsWith("-:", StringComparison.Ordinal))
                continue; // Which modules are not quantised, the tensors show.
            var bits = value.Has("bits") ? Bits(value, 4, 8) : (int?)null;
            foreach (var format in (string[])["checkpoint_format", "format", "pack_dtype", "quant_method", "method"])
            {
                if (value.Has(format))
                    throw Unsupported(value, format, "rules of bits, group_size, sym and desc_act");
            }

            var pattern = key.StartsWith("+:", StringComparison.Ordinal) ? key[2..] : key;
            try
            {
                all.Add(new ModuleRule(ModuleRule.Compile(pattern), bits, value.Has("group_size") ? GroupSize(value, 0) : null));
            }
            catch (ArgumentException error)
            {
                throw new InputException(OneLine.Of($"{rules.File}: {rules.Below(key)} is no regular expression: {PatternFault.Of(error)}"), error);
            }
        }

        return all;
    }

    private static QuantizationSettings Awq(JsonValue settings)
    {
        foreach (var key in (string[])["version", "checkpoint_format", "format"])
        {
            if (settings.OptionalText(key) is { } version && !version.Equals("gemm", StringComparison.OrdinalIgnoreCase))
                throw Unsupported(settings, key, "gemm");
        }

        if (!settings.Flag("zero_point", otherwise: true))
            throw Unsupported(settings, "zero_point", "true");
        return new QuantizationSettings("awq") { Bits = Bits(settings, 4), GroupSize = GroupSize(settings, settings.OptionalInt("q_group_size") ?? 128) };
    }

    private static QuantizationSettings ModelOpt(JsonValue settings)
    {
        var said = settings.Find("quantization") is { IsObject: true } inner && !settings.Has("quant_algo") ? inner : settings;
        var algorithm = OneOf(said, "quant_algo", "", "FP8", "NVFP4");
        var size = said.Has("group_size") ? GroupSize(said, 16) : GroupSizeOf(settings) ?? 16;
        return new QuantizationSettings("modelopt") { GroupSize = algorithm == "NVFP4" ? size : -1, QuantizesActivations = true };
    }

    private static int? GroupSizeOf(JsonValue settings)
    {
        if (settings.Find("config_groups") is not { IsObject: true } groups)
            return null;
        int[] sizes = [.. groups.Members().Select(static group => group.Value.Find("weights")).OfType<JsonValue>().Where(static weights => weights.Has("group_size")).Select(static weights => GroupSize(weights, 16)).Distinct()];
        return sizes switch
        {
            [] => null,
            [var size] => size,
            _ => throw groups.Error($"{groups.Path} has groups of {string.Join(" and ", sizes)} elements, which LayerGrad does not implement; supported: one size"),
        };
    }

    private static int Bits(JsonValue holder, params ReadOnlySpan<int> supported)
    {
        foreach (var key in (string[])["bits", "w_bit"])
        {
            if (holder.Find(key) is { } bits)
                return bits.IsWhole && supported.Contains((int)Math.Clamp(bits.AsLong(), 0, 99)) ? bits.AsInt() : throw Unsupported(holder, key, string.Join(" and ", supported.ToArray()));
        }

        throw Unsupported(holder, "bits", string.Join(" and ", supported.ToArray()));
    }
}
