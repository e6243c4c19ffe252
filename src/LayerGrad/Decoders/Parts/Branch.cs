using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>A branch of one layer during one batch: part ∘ norm, and what its backward needs of its forward.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="Norm">The norm before the part, or null.</param>
/// <param name="Part">The part and what it keeps.</param>
/// <param name="OutputNorm">The norm behind the part, or null.</param>
/// <param name="Input">The residual stream before the branch, tokens x hidden; null where that is the layer's input.</param>
/// <param name="Output">The part's output before the norm behind it, tokens x hidden, where there is such a norm.</param>
internal sealed record Branch<T>(NormSpecification? Norm, Part<T> Part, NormSpecification? OutputNorm, Matrix<T>? Input, Matrix<T>? Output)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
