using System.Numerics;
using LayerGrad.Compute;

namespace LayerGrad.Decoders;

/// <summary>
/// The factors of the weight gradients of all linear layers that read one input: for y = x Wᵀ the gradient of an
/// example's loss is Δᵀ X over the example's rows (Katz et al. 2024, arXiv 2402.12865). The gradient of a norm's matrix
/// of weights stands as X, with the identity as Δ.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="Input">X, tokens x inputs.</param>
/// <param name="Outputs">The layers, each with its Δ.</param>
/// <param name="Segments">Which rows belong to which example; an example without rows has no segment.</param>
internal sealed record LinearGradient<T>(Matrix<T> Input, IReadOnlyList<LinearOutputGradient<T>> Outputs, IReadOnlyList<Segment> Segments)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
