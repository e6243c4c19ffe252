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

    /// <summary>
    /// The gradient of the input; those of weight and bias go to the sink's accumulators. A weight that is a matrix is
    /// handed to a sink that wants it and accumulates nothing example by example, as a linear layer's is.
    /// </summary>
    /// <param name="pass">The pass.</param>
    /// <param name="norm">The norm.</param>
    /// <param name="x">The forward's input.</param>
    /// <param name="dy">The gradient of the output.</param>
    /// <param name="dx">The gradient of the input; may be <paramref name="dy"/> where it is overwritten.</param>
    /// <param name="accumulate">Whether to add to <paramref name="dx"/>.</param>
    /// <param name="spacing">As in the forward.</param>
    public static void Backward<T>(Pass<T> pass, NormSpecification norm, Matrix<T> x, Matrix<T> dy, Matrix<T> dx, bool accumulate, int spacing = 0)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var accumulator = pass.Accumulator(norm.Weight);
        if (accumulator is null && norm.MeasuredWeight is { } weight && pass.Sink?.Wants(weight.Weight) == true)
            BackwardByExample(pass, norm, weight, x, dy, dx, accumulate, spacing);
        else
            pass.Device.NormalizeBackward(norm.Shape(spacing), x, pass.Weight(norm.Weight), dy, dx, accumulate, accumulator, pass.Accumulator(norm.Bias));
    }

    /// <summary>The elements of the pass's workspace that <see cref="Backward"/> takes at most at a time.</summary>
    /// <param name="pass">The pass, before it takes place.</param>
    /// <param name="norm">The norm.</param>
    public static long BackwardScratch<T>(PlannedPass pass, NormSpecification norm)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        norm.MeasuredWeight is { } weight && pass.Wants(weight.Weight) && !pass.Accumulates(weight.Weight)
            ? Workspace<T>.Elements(pass.Examples * norm.Groups, norm.Size) + Workspace<T>.Elements(pass.Examples * norm.Groups, norm.Groups)
            : 0;

    /// <summary>As factors, an example's gradient G is I G: the identity for Δ, and G itself for X, a row a group.</summary>
    private static void BackwardByExample<T>(
        Pass<T> pass, NormSpecification norm, LinearSpecification weight, Matrix<T> x, Matrix<T> dy, Matrix<T> dx, bool accumulate, int spacing)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (groups, examples) = (norm.Groups, pass.Segments.Count);
        using var scope = pass.Workspace.Begin();
        var gradients = scope.Take(examples * groups, norm.Size);
        var identities = scope.Take(examples * groups, groups);
        var identity = new T[groups * groups];
        for (var i = 0; i < groups; i++)
            identity[i * groups + i] = T.One;
        pass.Device.Clear(gradients);
        pass.Device.Upload(identity, identities.RowRange(0, groups));
        for (var i = 0; i < examples; i++)
        {
            var (start, length) = (pass.Segments[i].Start, pass.Segments[i].Length);
            if (i > 0)
                pass.Device.Copy(identities.RowRange(0, groups), identities.RowRange(i * groups, groups));
            pass.Device.NormalizeBackward(
                norm.Shape(spacing), x.RowRange(start, length), pass.Weight(norm.Weight), dy.RowRange(start, length), dx.RowRange(start, length), accumulate,
                gradients.RowRange(i * groups, groups), pass.Accumulator(norm.Bias));
        }

        pass.Sink!.Linear(new LinearGradient<T>(
            gradients, [new LinearOutputGradient<T>(weight, identities)],
            [.. pass.Segments.Select((segment, i) => segment with { Start = i * groups, Length = groups })]));
    }
}
