using System.IO.Enumeration;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients;

/// <summary>Which weights are measured.</summary>
internal static class WeightSelector
{
    /// <summary>What selects the A and B of an adapter.</summary>
    public const string OfAdapter = "adapter";

    /// <summary>
    /// What the original script measures: every matrix whose name contains <c>self_attn</c>, and every square one
    /// (<c>get_gradient_values.py</c>). Square embeddings, which no model has, are left out, and experts that the class holds all in one.
    /// </summary>
    /// <param name="specification">The decoder.</param>
    /// <param name="splitFused">Whether the parts of fused weights are measured beside the whole.</param>
    public static IReadOnlyList<SelectedWeight> OriginalScript(DecoderSpecification specification, bool splitFused = false) =>
        Where(specification, IsOfTheOriginalScript, splitFused);

    /// <summary>The names of what the original script measures.</summary>
    /// <param name="specification">The decoder.</param>
    public static IReadOnlySet<string> OfTheOriginalScript(DecoderSpecification specification) =>
        Linears(specification).Where(IsOfTheOriginalScript).Select(linear => linear.Weight.Name).ToHashSet();

    /// <summary>The names of the mixers' weights.</summary>
    /// <param name="specification">The decoder.</param>
    public static IReadOnlySet<string> OfMixers(DecoderSpecification specification) =>
        specification.Layers.SelectMany(layer => layer.Mixer?.Linears ?? []).Select(linear => linear.Weight.Name).ToHashSet();

    /// <summary>Whether the original script measures a weight.</summary>
    private static bool IsOfTheOriginalScript(LinearSpecification linear) =>
        linear.Weight.Name.Contains("self_attn", StringComparison.Ordinal) || (linear.Inputs == linear.Outputs && !linear.IsStacked);

    /// <summary>Weights by what they belong to or by name.</summary>
    /// <param name="specification">The decoder.</param>
    /// <param name="selection">
    /// <c>mixer</c> or <c>attention</c> (whatever mixes tokens), <c>mlp</c> (routers and experts among it), <c>all</c> (both), <c>adapter</c> (the A and B of an
    /// adapter), or names, with <c>*</c> and <c>?</c> as wildcards, separated by commas.
    /// </param>
    /// <param name="splitFused">Whether the parts of fused weights are measured beside the whole.</param>
    /// <exception cref="InputException">A name matches nothing.</exception>
    public static IReadOnlyList<SelectedWeight> Parse(DecoderSpecification specification, string selection, bool splitFused)
    {
        var mixers = OfMixers(specification);
        var feedForward = specification.Layers.SelectMany(layer => layer.Parts.Where(part => !ReferenceEquals(part, layer.Mixer))).SelectMany(part => part.Linears).Select(linear => linear.Weight.Name).ToHashSet();
        var patterns = selection.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var chosen = new HashSet<string>();
        foreach (var pattern in patterns)
        {
            if (pattern == OfAdapter && specification.Adapters.Count == 0)
                throw new InputException("--weights adapter: there is no adapter of a linear layer; give one with --adapter DIR");
            var names = pattern switch
            {
                "attention" or "mixer" => mixers,
                "mlp" => feedForward,
                OfAdapter => OfAdapters(specification).Select(linear => linear.Weight.Name),
                "all" => mixers.Concat(feedForward),
                _ => Matches(specification, pattern),
            };
            chosen.UnionWith(names);
        }

        if (chosen.Count == 0)
            throw new InputException($"--weights '{selection}' names no weight; say mixer, mlp, all, or names as 'layergrad inspect' lists them");
        return
        [
            .. Where(specification, linear => chosen.Contains(linear.Weight.Name), splitFused),
            .. OfAdapters(specification).Where(linear => chosen.Contains(linear.Weight.Name)).Select(linear => new SelectedWeight(linear.Weight.Name, linear)),
        ];
    }

    /// <summary>The weights without the parts of fused ones: for what belongs to a whole weight alone, and for sums, in which both would count.</summary>
    /// <param name="weights">The weights.</param>
    public static IReadOnlyList<SelectedWeight> Whole(IReadOnlyList<SelectedWeight> weights) => [.. weights.Where(weight => weight.Part is null)];

    private static IReadOnlyList<SelectedWeight> Where(DecoderSpecification specification, Func<LinearSpecification, bool> wanted, bool splitFused) =>
        [.. Linears(specification).Where(wanted).SelectMany(linear => WithParts(linear, splitFused))];

    private static IEnumerable<LinearSpecification> Linears(DecoderSpecification specification) =>
        [.. specification.Layers.SelectMany(layer => layer.Measurable), specification.Head.Linear];

    /// <summary>A and B of each module of an adapter.</summary>
    private static IEnumerable<LinearSpecification> OfAdapters(DecoderSpecification specification) =>
        specification.Adapters.SelectMany(static adapter => new[] { adapter.A, adapter.B });

    private static IEnumerable<SelectedWeight> WithParts(LinearSpecification linear, bool splitFused)
    {
        yield return new SelectedWeight(linear.Weight.Name, linear);
        if (!splitFused && !linear.MeasuresParts)
            yield break;
        foreach (var part in linear.Parts)
            yield return new SelectedWeight(PartName(linear, part), linear, part);
    }

    /// <summary>A part is called as other families call the weight: <c>….self_attn.qkv_proj.weight</c> has <c>….self_attn.q_proj.weight</c>.</summary>
    private static string PartName(LinearSpecification linear, FusedPart part)
    {
        var name = linear.Weight.Name;
        var layerName = name[..name.LastIndexOf('.')];
        return $"{layerName[..layerName.LastIndexOf('.')]}.{part.Name}.weight";
    }

    private static List<string> Matches(DecoderSpecification specification, string pattern)
    {
        // What an adapter adds is meant where its own words are used: '*q_proj*' still is the weights of the model.
        var ofAdapter = pattern.Contains("lora_", StringComparison.Ordinal) ? OfAdapters(specification) : [];
        var names = Linears(specification).Concat(ofAdapter).Select(linear => linear.Weight.Name).Distinct().ToList();
        var matches = names.FindAll(name =>
            FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false) || FileSystemName.MatchesSimpleExpression($"{pattern}.weight", name, ignoreCase: false));
        if (matches.Count > 0)
            return matches;
        var nearest = names.OrderBy(name => EditDistance.Between(pattern, name)).Take(3);
        throw new InputException($"--weights '{pattern}' matches no weight of this model; the nearest names are {string.Join(", ", nearest)}");
    }
}
