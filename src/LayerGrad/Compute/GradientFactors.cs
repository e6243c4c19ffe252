using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>The factors of one example's weight gradients that share an input: Gᵢ = Δᵢᵀ X.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="Input">X, the example's tokens x inputs.</param>
/// <param name="Deltas">Δᵢ, the example's tokens x outputs.</param>
internal sealed record GradientFactors<T>(Matrix<T> Input, IReadOnlyList<Matrix<T>> Deltas)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
