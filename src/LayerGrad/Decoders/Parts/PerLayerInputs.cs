using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>The layers' own inputs; the formula stands at <see cref="PerLayerInputsSpecification"/>.</summary>
internal static class PerLayerInputs
{
    /// <summary>Computes them.</summary>
    /// <param name="pass">The pass, whose shared streams take them.</param>
    /// <param name="inputs">The settings.</param>
    /// <param name="ids">The tokens.</param>
    /// <param name="x">The scaled embedding, tokens x hidden.</param>
    public static void Forward<T>(Pass<T> pass, PerLayerInputsSpecification inputs, int[] ids, Matrix<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        var (room, values) = (scope.Take(x.Rows, inputs.Columns), pass.Shared.Inputs!.Value);
        Project(pass, inputs, x, room);
        Norm.Forward(pass, inputs.Norm, room, values, inputs.Size);
        pass.Weights.GatherRows(inputs.Embedding, ids, room);
        pass.Device.Add(room, values, Math.Sqrt(inputs.Size));
        pass.Device.Scale(values, Math.Sqrt(0.5));
    }

    /// <summary>Adds the gradient of the scaled embedding; those of the parameters go to the sink. The inputs' own gradient is used up.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="inputs">The settings.</param>
    /// <param name="ids">The tokens.</param>
    /// <param name="x">The scaled embedding.</param>
    /// <param name="gradient">tokens x hidden, added to.</param>
    public static void Backward<T>(Pass<T> pass, PerLayerInputsSpecification inputs, int[] ids, Matrix<T> x, Matrix<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        var (projected, dx, d) = (scope.Take(x.Rows, inputs.Columns), scope.Take(x.Rows, x.Columns), pass.Shared.InputGradient!.Value);
        pass.Device.Scale(d, Math.Sqrt(0.5));
        if (pass.Accumulator(inputs.Embedding) is { } embedding)
        {
            pass.Device.Scale(d, Math.Sqrt(inputs.Size));
            pass.Device.ScatterAddRows(d, ids, embedding);
            pass.Device.Scale(d, 1 / Math.Sqrt(inputs.Size));
        }

        Project(pass, inputs, x, projected);
        Norm.Backward(pass, inputs.Norm, projected, d, d, accumulate: false, inputs.Size);
        pass.Device.Scale(d, 1 / Math.Sqrt(x.Columns));
        Linear.Backward(pass, [inputs.Projection], pass.Segments, x, d, dx);
        pass.Device.Add(dx, gradient);
    }

    /// <summary>The elements of the workspace that the forward, or with <paramref name="backward"/> the backward, takes at most at a time.</summary>
    public static long Scratch<T>(PerLayerInputsSpecification inputs, int tokens, bool backward)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Workspace<T>.Elements(tokens, inputs.Columns) + (backward ? Workspace<T>.Elements(tokens, inputs.Projection.Inputs) : 0);

    private static void Project<T>(Pass<T> pass, PerLayerInputsSpecification inputs, Matrix<T> x, Matrix<T> projected)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Linear.Forward(pass, [inputs.Projection], x, projected);
        pass.Device.Scale(projected, 1 / Math.Sqrt(x.Columns));
    }
}
