using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients.Adapters;

/// <summary>A and B of one module on a device.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="Adapter">What they are.</param>
/// <param name="A">A, rank x inputs.</param>
/// <param name="B">B, outputs x rank; with DoRA each row times its output's length.</param>
/// <param name="Lengths">What each output is multiplied by (DoRA), or null.</param>
internal sealed record AdapterFactor<T>(AdaptedLinear Adapter, Matrix<T> A, Matrix<T> B, Parameter<T>? Lengths)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>;
