using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients;

/// <summary>Several sinks of statistics that one backward pass serves.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="sinks">The sinks; none of them accumulates gradients.</param>
internal sealed class SinkGroup<T>(IReadOnlyList<IGradientSink<T>> sinks) : IGradientSink<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc />
    public bool Wants(ParameterSpecification weight) => sinks.Any(sink => sink.Wants(weight));

    /// <inheritdoc />
    public Matrix<T>? Accumulator(ParameterSpecification parameter) => null;

    /// <inheritdoc />
    public void Begin(int examples)
    {
        foreach (var sink in sinks)
            sink.Begin(examples);
    }

    /// <inheritdoc />
    public void Linear(LinearGradient<T> gradient)
    {
        foreach (var sink in sinks)
            sink.Linear(gradient);
    }

    /// <inheritdoc />
    public void End(IReadOnlyList<double> losses)
    {
        foreach (var sink in sinks)
            sink.End(losses);
    }
}
