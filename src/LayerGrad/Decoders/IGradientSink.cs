using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>
/// Receives the gradients that a backward pass comes by. Everything that LayerGrad measures is a sink; so is an
/// optimiser's step. A decoder computes nothing that its sink does not want.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
public interface IGradientSink<T>
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
    /// <param name="losses">Each example's loss; the gradients of an example whose loss is not finite mean nothing.</param>
    void Begin(IReadOnlyList<double> losses);

    /// <summary>
    /// Called for each input of linear layers, and for each norm's matrix of weights that is wanted and not accumulated,
    /// as the product of an identity and itself. The matrices are valid only during the call.
    /// </summary>
    /// <param name="gradient">The factors.</param>
    void Linear(LinearGradient<T> gradient);
}
