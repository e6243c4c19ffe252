using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using LayerGrad.Checkpoints;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Families;
using LayerGrad.Decoders.Families.Reading;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;
using LayerGrad.Json;
using LayerGrad.Measuring.Engines;
using LayerGrad.Models;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Inspection;

/// <summary>What a checkpoint is, and what would be measured of it; from its configuration and headers alone (the times from a product that is timed).</summary>
/// <param name="Location">The folder or file.</param>
/// <param name="Family">Its <c>model_type</c>.</param>
/// <param name="Sizes">The sizes of its configuration, by name.</param>
/// <param name="Parameters">Elements of all tensors.</param>
/// <param name="Bytes">Bytes of all tensors on disk.</param>
/// <param name="Types">How its elements are stored, the most frequent first.</param>
/// <param name="Weights">The matrices of its layers, alike ones together.</param>
/// <param name="Plans">How it would be held in memory on this machine, as it is now, in each precision of the device; or why it cannot be.</param>
/// <param name="Unsupported">Why it cannot be measured; null where it can.</param>
internal sealed partial record ModelInspection(
    string Location,
    string Family,
    IReadOnlyList<(string Name, string Value)> Sizes,
    long Parameters,
    long Bytes,
    IReadOnlyList<StoredType> Types,
    IReadOnlyList<WeightGroup> Weights,
    IReadOnlyList<PlannedMemory> Plans,
    string? Unsupported)
{
    /// <summary>For a model whose family is not known: the one that comes nearest to it, and what that one does not understand.</summary>
    public NearestFamily? Nearest { get; init; }

    /// <summary>What adapter is merged into it, in a line; null for none.</summary>
    public string? Adapter { get; init; }

    /// <summary>In which formats its weights are quantised, with bits and groups; null where none is.</summary>
    public string? Quantization { get; init; }

    /// <summary>What the user must know of its tensors, a sentence each: those that nobody reads, a head that is not tied.</summary>
    public IReadOnlyList<string> WeightNotes { get; init; } = [];

    private static readonly (string Key, string Name)[] s_known =
    [
        ("num_hidden_layers", "layers"), ("hidden_size", "hidden size"), ("intermediate_size", "MLP size"), ("num_attention_heads", "heads"),
        ("num_key_value_heads", "key-value heads"), ("head_dim", "head size"), ("vocab_size", "vocabulary"), ("max_position_embeddings", "longest context"),
        ("num_local_experts", "experts"), ("num_experts", "experts"), ("n_routed_experts", "experts"), ("moe_num_experts", "experts"), ("num_experts_per_tok", "experts a token"), ("moe_topk", "experts a token"), ("moe_k", "experts a token"), ("sliding_window", "sliding window"), ("tie_word_embeddings", "tied embeddings"),
        ("n_layer", "layers"), ("n_embd", "hidden size"), ("n_inner", "MLP size"), ("n_head", "heads"), ("n_positions", "longest context"),
    ];

    /// <summary>Looks at a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What would be measured, and on what; null for what a run takes where nothing is said.</param>
    /// <exception cref="InputException">The model cannot be opened, or there is no such device.</exception>
    public static ModelInspection Of(LoadedModel model, MeasureRunOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new MeasureRunOptions { Model = model.Checkpoint.Location, Data = "", Out = "" };
        var checkpoint = model.Checkpoint;
        var tensors = checkpoint.Tensors.Values.ToList();
        var unsupported = WhyUnsupported(model);
        var specification = unsupported is null ? model.Specification : null;
        return new ModelInspection(
            checkpoint.Location,
            Text(ConfigOf(checkpoint), "model_type") ?? "unknown",
            [.. s_known.Select(size => (size.Name, Value: Size(ConfigOf(checkpoint), size.Key))).Where(size => size.Value is not null).Select(size => (size.Name, size.Value!))],
            tensors.Sum(Elements),
            tensors.Sum(tensor => tensor.Bytes),
            [.. tensors.GroupBy(tensor => tensor.DType).Select(group => new StoredType(group.Key, group.Count(), group.Sum(Elements))).OrderByDescending(type => type.Elements)],
            Group(checkpoint, specification),
            specification is null ? [] : [.. DeviceFactory.Resolve(options.Device).Precisions.Order().Select(precision =>
                PlannedMemory.For(model, options with { Measurement = options.Measurement with { Precision = precision } }))],
            unsupported)
        {
            Adapter = model.AdapterSummary,
            Quantization = checkpoint.Quantization?.Description,
            WeightNotes = unsupported is null ? model.Notes : [],
            Nearest = unsupported is null || DecoderFamilies.Names.Contains(Text(ConfigOf(checkpoint), "model_type") ?? "") ? null : DecoderFamilies.Nearest(checkpoint.Config, [.. checkpoint.Tensors.Keys]),
        };
    }

    private static string? WhyUnsupported(LoadedModel model)
    {
        try
        {
            _ = model.Parameters<float>();
            return null;
        }
        catch (InputException error)
        {
            return error.Message;
        }
    }

    /// <summary>The matrices of a checkpoint's layers, in the order of layers and, within one, of names; those of parts that text does not pass are none.</summary>
    private static IEnumerable<MeasuredWeight> Matrices(Checkpoint checkpoint, DecoderSpecification? specification) =>
        checkpoint.Tensors.Values.Where(tensor => tensor.Shape.Length == 2 && LayerNumber().IsMatch(tensor.Name) && tensor.Name.EndsWith(".weight", StringComparison.Ordinal)
            && specification?.IsOtherPart(tensor.Name) != true).Select(tensor => new MeasuredWeight(tensor.Name, checked((int)tensor.Shape[0]), checked((int)tensor.Shape[1])));

    private static List<WeightGroup> Group(Checkpoint checkpoint, DecoderSpecification? specification)
    {
        var matrices = Matrices(checkpoint, specification).ToList();
        var (inPaper, inStrict) = (Rule(specification, WeightSelector.OfTheOriginalScript, IsInPaper), Rule(specification, WeightSelector.OfMixers, IsAttention));
        return [.. matrices
            .GroupBy(weight => (Kind: Kind(weight.Name), weight.Rows, weight.Columns))
            .Select(group => new WeightGroup(group.Key.Kind, group.Key.Rows, group.Key.Columns, group.Count(), group.Any(inPaper), group.Any(inStrict)))
            .OrderByDescending(group => group.InPaper).ThenBy(group => Place(group.Kind)).ThenBy(group => group.Kind, StringComparer.Ordinal)];
    }

    /// <summary>Weights are listed as a token meets them.</summary>
    private static int Place(string kind)
    {
        ReadOnlySpan<string> order = ["q_proj", "k_proj", "v_proj", "qkv", "query_key_value", "o_proj", "gate_proj", "up_proj", "gate_up_proj", "down_proj"];
        for (var i = 0; i < order.Length; i++)
        {
            if (kind.Contains(order[i], StringComparison.Ordinal))
                return i;
        }

        return order.Length;
    }

    /// <summary>Which weights a protocol measures: of a known model by its specification, of another one as their names tell.</summary>
    private static Func<MeasuredWeight, bool> Rule(
        DecoderSpecification? specification, Func<DecoderSpecification, IReadOnlySet<string>> names, Func<MeasuredWeight, bool> byName)
    {
        if (specification is null)
            return byName;
        var measured = names(specification);
        return weight => measured.Contains(weight.Name);
    }

    /// <summary>The original script's rule.</summary>
    private static bool IsInPaper(MeasuredWeight weight) =>
        weight.Name.Contains("self_attn", StringComparison.Ordinal) || weight.Rows == weight.Columns;

    private static bool IsAttention(MeasuredWeight weight) =>
        weight.Name.Contains("attn", StringComparison.Ordinal) || weight.Name.Contains("attention", StringComparison.Ordinal);

    private static string Kind(string name)
    {
        var layer = LayerNumber().Match(name);
        var kind = name[(layer.Index + layer.Length)..^".weight".Length];
        return ExpertNumber().Replace(kind, ".experts.*.");
    }

    private static long Elements(TensorInfo tensor) => tensor.Shape.Aggregate(1L, (product, size) => checked(product * size));

    private static JsonValue ConfigOf(Checkpoint checkpoint) => new(checkpoint.Config, checkpoint.ConfigPlace, "");

    /// <summary>A size, which in a model that also sees stands below <c>text_config</c>.</summary>
    private static string? Size(JsonValue config, string key) => (config.Find("text_config") is { IsObject: true } text ? Text(text, key) : null) ?? Text(config, key);

    private static string? Text(JsonValue config, string key)
    {
        if (!config.IsObject || config.Find(key) is not { } value)
            return null;
        return value.Kind switch
        {
            JsonValueKind.String => value.AsText(),
            JsonValueKind.Number => value.IsWhole ? value.AsLong().ToString("N0", CultureInfo.InvariantCulture) : null,
            JsonValueKind.True => "yes",
            JsonValueKind.False => "no",
            _ => null,
        };
    }

    [GeneratedRegex(@"\.(?:layers|h)\.\d+\.", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 30_000)]
    private static partial Regex LayerNumber();

    [GeneratedRegex(@"\.experts\.\d+\.", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 30_000)]
    private static partial Regex ExpertNumber();
}

/// <summary>How part of a checkpoint is stored.</summary>
/// <param name="Name">The type, such as <c>BF16</c> or <c>Q4_1</c>.</param>
/// <param name="Tensors">Tensors of this type.</param>
/// <param name="Elements">Their elements.</param>
internal sealed record StoredType(string Name, int Tensors, long Elements);

/// <summary>Matrices that are alike in every layer.</summary>
/// <param name="Kind">The name without its layer, such as <c>self_attn.q_proj</c>.</param>
/// <param name="Rows">Outputs.</param>
/// <param name="Columns">Inputs.</param>
/// <param name="Count">How many there are.</param>
/// <param name="InPaper">Whether the paper's protocol measures them.</param>
/// <param name="InStrict">Whether the strict one does.</param>
internal sealed record WeightGroup(string Kind, int Rows, int Columns, int Count, bool InPaper, bool InStrict);

/// <summary>How a model would be held in memory.</summary>
/// <param name="Precision">In which numbers.</param>
/// <param name="Plan">The plan; null where nothing fits.</param>
/// <param name="Time">How long examples would take; null where nothing fits.</param>
/// <param name="Refusal">Why nothing fits; null where something does.</param>
internal sealed record PlannedMemory(Precision Precision, MemoryPlan? Plan, TimeEstimate? Time, string? Refusal)
{
    internal static PlannedMemory For(LoadedModel model, MeasureRunOptions options)
    {
        try
        {
            var estimate = Measurers.Estimate(model, options);
            return new PlannedMemory(options.Measurement.Precision, estimate.Plan, estimate.Time, null);
        }
        catch (InputException error)
        {
            return new PlannedMemory(options.Measurement.Precision, null, null, error.Message);
        }
    }
}
