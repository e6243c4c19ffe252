using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>A normalization with its parameters; the formulas stand at <see cref="Device{T}.Normalize"/>.</summary>
internal static class Norm
{
    /// <summary>y = norm(x).</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="norm">The norm.</param>
    /// <param name="x">tokens x columns.</param>
    /// <param name="y">tokens x columns; may be <paramref name="x"/>.</param>
    /// <param name="spacing">The columns from one group to the next; for a norm of one group any number.</param>
    public static void Forward<T>(Pass<T> pass, NormSpecification norm, Matrix<T> x, Matrix<T> y, int spacing = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        pass.Device.Normalize(norm.Shape(spacing), x, pass.Weight(norm.Weight), pass.Weight(norm.Bias), y);

    /// <summary>The gradient of the input; those of weight and bias go to the sink's accumulators.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="norm">The norm.</param>
    /// <param name="x">The forward's input.</param>
    /// <param name="dy">The gradient of the output.</param>
    /// <param name="dx">The gradient of the input; may be <paramref name="dy"/> where it is overwritten.</param>
    /// <param name="accumulate">Whether to add to <paramref name="dx"/>.</param>
    /// <param name="spacing">As in the forward.</param>
    public static void Backward<T>(Pass<T> pass, NormSpecification norm, Matrix<T> x, Matrix<T> dy, Matrix<T> dx, bool accumulate, int spacing = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        pass.Device.NormalizeBackward(
            norm.Shape(spacing), x, pass.Weight(norm.Weight), dy, dx, accumulate, pass.Accumulator(norm.Weight), pass.Accumulator(norm.Bias));
}
