using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;

namespace LayerGrad.Bench.Gpu;

/// <summary>Asks for the same gradients as the statistics and does nothing with their factors: what is left is forward and backward.</summary>
/// <param name="weights">The weights.</param>
internal sealed class BackwardOnlySink(IReadOnlyList<SelectedWeight> weights) : IGradientSink<float>
{
    private readonly HashSet<string> _names = [.. weights.Select(weight => weight.Linear.Weight.Name)];

    /// <inheritdoc />
    public bool Wants(ParameterSpecification weight) => _names.Contains(weight.Name);

    /// <inheritdoc />
    public Matrix<float>? Accumulator(ParameterSpecification parameter) => null;

    /// <inheritdoc />
    public void Begin(int examples)
    {
    }

    /// <inheritdoc />
    public void Linear(LinearGradient<float> gradient)
    {
    }

    /// <inheritdoc />
    public void End(IReadOnlyList<double> losses)
    {
    }
}
