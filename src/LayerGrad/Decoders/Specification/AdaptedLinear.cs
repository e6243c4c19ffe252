using LayerGrad.Checkpoints.Adapters;

namespace LayerGrad.Decoders.Specification;

/// <summary>
/// A linear layer's weight to which an adapter adds s B A, as two linear layers one after the other: x Aᵀ, and that times s Bᵀ. With DoRA each output is
/// multiplied by its magnitude over the length of its row of W + s B A, which counts as a constant.
/// </summary>
internal sealed class AdaptedLinear
{
    private readonly Func<double[]?> _lengths;

    /// <summary>An adapted layer.</summary>
    /// <param name="weight">The name of the weight.</param>
    /// <param name="firstOutput">The weight's first row that belongs to the module, where it is one of several tensors.</param>
    /// <param name="module">A, B and s.</param>
    /// <param name="lengths">What the outputs are multiplied by; null without DoRA.</param>
    public AdaptedLinear(string weight, int firstOutput, AdapterModule module, Func<double[]?> lengths)
    {
        (Weight, FirstOutput, Module, _lengths) = (weight, firstOutput, module, lengths);
        A = new LinearSpecification(ParameterSpecification.Matrix(module.NameOfA, module.Rank, module.Inputs), null);
        B = new LinearSpecification(ParameterSpecification.Matrix(module.NameOfB, module.Outputs, module.Rank), null);
    }

    /// <summary>The name of the weight.</summary>
    public string Weight { get; }

    /// <summary>The weight's first row that belongs to the module.</summary>
    public int FirstOutput { get; }

    /// <summary>A, B and s.</summary>
    public AdapterModule Module { get; }

    /// <summary>x Aᵀ.</summary>
    public LinearSpecification A { get; }

    /// <summary>What is made of that.</summary>
    public LinearSpecification B { get; }

    /// <summary>Whether each output has a magnitude of its own.</summary>
    public bool IsDora => Module.Magnitude is not null;

    /// <summary>What each output is multiplied by; null without DoRA.</summary>
    public double[]? Lengths() => _lengths();

    /// <summary>The A that read one input, and each B, which reads one of its own.</summary>
    /// <param name="adapters">The modules.</param>
    /// <param name="groups">The layers that they adapt, by the input that they read.</param>
    public static IEnumerable<LinearGroup> Groups(IReadOnlyList<AdaptedLinear> adapters, IEnumerable<LinearGroup> groups)
    {
        if (adapters.Count == 0)
            yield break;
        var ofWeight = adapters.ToLookup(static adapter => adapter.Weight, StringComparer.Ordinal);
        foreach (var group in groups)
        {
            List<AdaptedLinear> adapted = [.. group.Linears.SelectMany(linear => ofWeight[linear.Weight.Name])];
            if (adapted.Count == 0)
                continue;
            yield return new LinearGroup([.. adapted.Select(static adapter => adapter.A)], group.Share);
            foreach (var adapter in adapted)
                yield return new LinearGroup([adapter.B], group.Share);
        }
    }

    /// <summary>The modules of a decoder's linear layers, in the order of the checkpoint.</summary>
    /// <param name="specification">The decoder.</param>
    /// <param name="modules">The modules, by the tensors that they adapt.</param>
    /// <param name="lengths">What the outputs of a module are multiplied by.</param>
    public static IReadOnlyList<AdaptedLinear> Of(DecoderSpecification specification, IReadOnlyDictionary<string, AdapterModule> modules, Func<AdapterModule, double[]?> lengths) =>
    [
        .. from linear in specification.Layers.SelectMany(static layer => layer.Linears).Append(specification.Head.Linear)
           from place in Enumerable.Range(0, linear.Weight.Tensors.Count)
           let module = modules.GetValueOrDefault(linear.Weight.Tensors[place])
           where module is not null
           select new AdaptedLinear(linear.Weight.Name, place * (linear.Outputs / linear.Weight.Tensors.Count), module, () => lengths(module)),
    ];
}
