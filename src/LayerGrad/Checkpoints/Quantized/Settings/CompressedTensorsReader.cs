using System.Text.RegularExpressions;
using LayerGrad.Json;

namespace LayerGrad.Checkpoints.Quantized.Settings;

/// <summary>Reads the settings of compressed-tensors.</summary>
internal static class CompressedTensorsReader
{
    private const string Mixed = "mixed-precision";

    private static readonly string[] s_formats =
    [
        "pack-quantized", "int-quantized", "float-quantized", "naive-quantized", "mxfp4-pack-quantized", "nvfp4-pack-quantized",
    ];

    /// <summary>Reads the settings.</summary>
    /// <param name="settings">The object.</param>
    /// <exception cref="InputException">A setting is not implemented, by its name.</exception>
    public static QuantizationSettings Read(JsonValue settings)
    {
        SettingsReader.OneOf(settings, "format", Mixed, [.. s_formats, Mixed]);
        RefuseUnlessEmpty(settings, "transform_config", "none");
        if (settings.Find("sparsity_config") is { IsObject: true } sparsity && sparsity.Has("format"))
            SettingsReader.OneOf(sparsity, "format", "dense", "dense");
        var groups = settings.Object("config_groups");
        if (groups.Count == 0)
            throw groups.Wrong("an object with groups of modules");
        var quantizesActivations = settings.Has("kv_cache_scheme");
        var all = new List<WeightGroup>();
        foreach (var (name, group) in groups.Members())
        {
            if (!group.IsObject)
                throw SettingsReader.Unsupported(groups, name, "objects of targets and weights");
            if (group.Has("format"))
                SettingsReader.OneOf(group, "format", "", s_formats);
            quantizesActivations |= group.Has("input_activations") || group.Has("output_activations");
            if (group.Find("weights") is { } weights)
                all.Add(Group(group, weights));
        }

        return new QuantizationSettings("compressed-tensors") { Groups = all, QuantizesActivations = quantizesActivations };
    }

    private static WeightGroup Group(JsonValue group, JsonValue weights)
    {
        var (names, patterns, ofClasses) = (new List<string>(), new List<Regex>(), false);
        foreach (var target in group.Array("targets"))
        {
            var text = target.AsText();
            if (text.StartsWith("re:", StringComparison.Ordinal))
                patterns.Add(Pattern(target, text["re:".Length..]));
            else if (text.Contains('.', StringComparison.Ordinal) || text is "lm_head")
                names.Add(text);
            else
                ofClasses = true;
        }

        if (weights.Flag("dynamic", otherwise: false))
            throw SettingsReader.Unsupported(weights, "dynamic", "false");
        var isFloat = SettingsReader.OneOf(weights, "type", "int", "int", "float") == "float";
        var bits = weights.OptionalInt("num_bits") ?? 8;
        if (bits is not (4 or 8))
            throw SettingsReader.Unsupported(weights, "num_bits", "4 and 8");
        if (weights.Find("actorder") is { IsText: true })
            SettingsReader.OneOf(weights, "actorder", "", "group", "weight", "static", "dynamic");
        return Sized(new WeightGroup(names, patterns, ofClasses, bits, isFloat, GroupSize: null, Block: null), weights);
    }

    private static WeightGroup Sized(WeightGroup group, JsonValue weights)
    {
        var size = weights.Has("group_size") ? SettingsReader.GroupSize(weights, -1) : -1;
        var block = SettingsReader.Block(weights, "block_structure");
        return SettingsReader.OneOf(weights, "strategy", size > 0 ? "group" : size == -1 && weights.Has("group_size") ? "channel" : "tensor", "tensor", "channel", "group", "block", "tensor_group") switch
        {
            "group" or "tensor_group" => size > 0 ? group with { GroupSize = size } : throw SettingsReader.Unsupported(weights, "group_size", "a number above 0"),
            "block" => group with { Block = block ?? throw SettingsReader.Unsupported(weights, "block_structure", "two numbers above 0, the rows and columns of a block") },
            _ => group,
        };
    }

    private static Regex Pattern(JsonValue target, string pattern)
    {
        try
        {
            return ModuleRule.Compile(pattern);
        }
        catch (ArgumentException error)
        {
            throw new InputException(OneLine.Of($"{target.File}: {target.Path} is no regular expression: {PatternFault.Of(error)}"), error);
        }
    }

    private static void RefuseUnlessEmpty(JsonValue holder, string key, string supported)
    {
        if (holder.Find(key) is { } value && !(value.IsObject && value.Members().All(static member => member.Value.IsNull || ((member.Value.IsObject || member.Value.IsArray) && member.Value.Count == 0))))
            throw SettingsReader.Unsupported(holder, key, supported);
    }
}
