using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>
/// Receives the gradients that a backward pass comes by. Everything that LayerGrad measures is a sink; so is an
/// optimiser's step. A decoder computes nothing that its sink does not want.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal interface IGradientSink<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether the sink wants the gradient of a linear layer's weight, or of a norm's that is a matrix.</summary>
    /// <param name="weight">The weight.</param>
    bool Wants(ParameterSpecification weight);

    /// <summary>
    /// Where to add the gradient, summed over the batch, of a parameter that is no linear layer's weight (embedding,
    /// norm, bias), in the parameter's shape; null where the sink does not want it.
    /// </summary>
    /// <param name="parameter">The parameter.</param>
    Matrix<T>? Accumulator(ParameterSpecification parameter);

    /// <summary>Called once after the forward pass, before any gradient.</summary>
    /// <param name="examples">The examples of the batch.</param>
    void Begin(int examples);

    /// <summary>
    /// Called for each input of linear layers, and for each norm's matrix of weights that is wanted and not accumulated,
    /// as the product of an identity and itself. The matrices are valid only during the call;
    /// what a device was asked of them by then, it may answer later. A sink keeps its answers and waits for them in <see cref="End"/>,
    /// so that a device may run ahead for the whole batch.
    /// </summary>
    /// <param name="gradient">The factors.</param>
    void Linear(LinearGradient<T> gradient);

    /// <summary>Called once after the last gradient; a batch that is given up has no end.</summary>
    /// <param name="losses">Each example's loss; the gradients of an example whose loss is not finite mean nothing.</param>
    void End(IReadOnlyList<double> losses);
}
