using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>The gradient at a linear layer's output.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="Linear">The layer.</param>
/// <param name="Delta">Δ, tokens x outputs.</param>
internal readonly record struct LinearOutputGradient<T>(LinearSpecification Linear, Matrix<T> Delta)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
