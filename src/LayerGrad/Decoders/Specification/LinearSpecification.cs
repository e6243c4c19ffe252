namespace LayerGrad.Decoders.Specification;

/// <summary>A linear layer y = x Wᵀ + b.</summary>
/// <param name="Weight">W, outputs x inputs.</param>
/// <param name="Bias">b, or null.</param>
internal sealed record LinearSpecification(ParameterSpecification Weight, ParameterSpecification? Bias)
{
    /// <summary>The columns of x.</summary>
    public int Inputs => Weight.Columns;

    /// <summary>The columns of y.</summary>
    public int Outputs => Weight.Rows;

    /// <summary>The parts of a fused weight that other families keep as weights of their own.</summary>
    public IReadOnlyList<FusedPart> Parts { get; init; } = [];

    /// <summary>Whether the parts are measured beside the whole unasked: experts that all other families keep as gate and up, and this one as both in one.</summary>
    public bool MeasuresParts { get; init; }

    /// <summary>
    /// Whether the reference's class holds it with others in one tensor of three dimensions (experts), which the original script passes over: it looks at
    /// matrices.
    /// </summary>
    public bool IsStacked { get; init; }

    /// <summary>The layer whose tensors are called <c>name.weight</c> and <c>name.bias</c>.</summary>
    /// <param name="name">The layer's name in the checkpoint.</param>
    /// <param name="inputs">The columns of x.</param>
    /// <param name="outputs">The columns of y.</param>
    /// <param name="bias">Whether there is a bias.</param>
    public static LinearSpecification Create(string name, int inputs, int outputs, bool bias = false) => new(
        ParameterSpecification.Matrix($"{name}.weight", outputs, inputs),
        bias ? ParameterSpecification.Vector($"{name}.bias", outputs) : null);
}
