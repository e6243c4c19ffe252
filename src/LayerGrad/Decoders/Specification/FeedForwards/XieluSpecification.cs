namespace LayerGrad.Decoders.Specification;

/// <summary>The stored numbers of the activation function xIELU (Huang and Schlag 2024, arXiv 2411.13010), each a tensor of one element.</summary>
/// <param name="AlphaP">The parameter of the positive side, before softplus.</param>
/// <param name="AlphaN">The parameter of the negative side, before softplus.</param>
/// <param name="Beta">The slope at zero; never trained.</param>
/// <param name="Epsilon">The greatest argument of the exponential, a number below 0; never trained.</param>
internal sealed record XieluSpecification(ParameterSpecification AlphaP, ParameterSpecification AlphaN, ParameterSpecification Beta, ParameterSpecification Epsilon)
{
    /// <summary>All four.</summary>
    public IEnumerable<ParameterSpecification> Parameters => [AlphaP, AlphaN, Beta, Epsilon];

    /// <summary>Those whose tensors are called <c>name.alpha_p</c>, <c>name.alpha_n</c>, <c>name.beta</c> and <c>name.eps</c>.</summary>
    /// <param name="name">The activation's name in the checkpoint.</param>
    public static XieluSpecification Of(string name) => new(
        ParameterSpecification.Vector($"{name}.alpha_p", 1), ParameterSpecification.Vector($"{name}.alpha_n", 1),
        ParameterSpecification.Vector($"{name}.beta", 1) with { IsBuffer = true }, ParameterSpecification.Vector($"{name}.eps", 1) with { IsBuffer = true });
}
