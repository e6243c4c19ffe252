using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// One decoder layer: branches around parts of any kind. With B = post ∘ part ∘ norm for each branch and the residual scale r:
/// <code>
/// one after the other:  m = x + r·B₁(x),   y = m + r·B₂(m)
/// side by side:         y = x + r·B₁(x) + r·B₂(x)
/// </code>
/// One after the other there may be a third branch, and a number that multiplies y.
/// </summary>
internal static class DecoderLayer
{
    /// <summary>y = layer(x).</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="layer">The settings.</param>
    /// <param name="x">tokens x hidden.</param>
    /// <param name="state">Filled for the backward.</param>
    /// <param name="y">
    /// tokens x hidden, not <paramref name="x"/>; null where the layer is computed again, for what the backward needs and for nothing
    /// that only the output needs.
    /// </param>
    public static void Forward<T>(Pass<T> pass, LayerSpecification layer, Matrix<T> x, LayerState<T> state, Matrix<T>? y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (layer.ParallelResidual)
        {
            ForwardSideBySide(pass, layer, x, state, y);
            return;
        }

        var input = x;
        for (var i = 0; i < state.Branches.Count; i++)
        {
            using var scope = pass.Workspace.Begin();
            var (branch, sum) = (state.Branches[i], state.InputBehind(i) ?? y);
            ForwardBranch(pass, layer, branch, Normed(pass, branch.Norm, input), input, sum);
            input = sum ?? input;
        }

        if (y is { } output && layer.OutputScale is { } scale)
            pass.Device.Scale(output, pass.Number(scale));
    }

    /// <summary>The elements of the pass's workspace that <see cref="Forward"/> takes at most at a time.</summary>
    /// <param name="pass">The pass, before it takes place.</param>
    /// <param name="layer">The settings.</param>
    /// <param name="hiddenSize">The columns of the residual stream.</param>
    /// <param name="state">What the forward will fill.</param>
    /// <param name="output">Whether there is an output, or the layer is computed again.</param>
    public static long ForwardScratch<T>(PlannedPass pass, LayerSpecification layer, int hiddenSize, LayerState<T> state, bool output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var stream = Workspace<T>.Elements(pass.Tokens, hiddenSize);
        var shared = layer.ParallelResidual && state.Branches[0].Norm is not null ? stream : 0;
        return shared + state.Branches.Select((branch, i) =>
        {
            var normed = branch.Norm is null || (layer.ParallelResidual && i == 0) ? 0 : stream;
            if (!output && state.InputBehind(i) is null)
                return normed + branch.Part.ForwardScratch(pass, branch.Output is not null);
            return normed + (branch.Output is null ? stream : 0)
                + Math.Max(branch.Part.ForwardScratch(pass, output: true), branch.OutputNorm is null ? 0 : stream);
        }).Max();
    }

    /// <summary>Turns the gradient of the output into that of the input, in place; those of the parameters go to the sink.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="layer">The settings.</param>
    /// <param name="x">tokens x hidden, the forward's.</param>
    /// <param name="state">What the forward left.</param>
    /// <param name="gradient">tokens x hidden: the output's, and then the input's.</param>
    /// <param name="needsInput">Whether anybody below needs the gradient of the input; if not, <paramref name="gradient"/> is left undefined.</param>
    public static void Backward<T>(Pass<T> pass, LayerSpecification layer, Matrix<T> x, LayerState<T> state, Matrix<T> gradient, bool needsInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (layer.ParallelResidual)
        {
            BackwardSideBySide(pass, layer, x, state, gradient, needsInput);
            return;
        }

        if (layer.OutputScale is { } scale)
            pass.Device.Scale(gradient, pass.Number(scale));
        for (var i = state.Branches.Count - 1; i >= 0; i--)
            BackwardBranch(pass, layer, state.Branches[i], state.Branches[i].Input ?? x, gradient, gradient, needsInput || i > 0);
    }

    /// <summary>The elements of the pass's workspace that <see cref="Backward"/> takes at most at a time.</summary>
    /// <param name="pass">The pass, before it takes place.</param>
    /// <param name="layer">The settings.</param>
    /// <param name="hiddenSize">The columns of the residual stream.</param>
    /// <param name="state">What the forward will fill.</param>
    /// <param name="needsInput">Whether anybody below needs the gradient of the input.</param>
    public static long BackwardScratch<T>(PlannedPass pass, LayerSpecification layer, int hiddenSize, LayerState<T> state, bool needsInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var stream = Workspace<T>.Elements(pass.Tokens, hiddenSize);
        if (HaveOneNorm(layer, state))
        {
            return (state.Branches[0].Norm is null ? 0 : stream) + (needsInput ? 4 : 2) * stream
                + state.Branches.Max(branch => branch.Part.BackwardScratch(pass));
        }

        return (layer.ParallelResidual ? stream : 0) + state.Branches.Select((branch, i) =>
            (branch.Norm is null ? 0 : stream) + (needsInput || (i > 0 && !layer.ParallelResidual) ? 2 : 1) * stream + branch.Part.BackwardScratch(pass)).Max();
    }

    private static void ForwardSideBySide<T>(Pass<T> pass, LayerSpecification layer, Matrix<T> x, LayerState<T> state, Matrix<T>? y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        var first = Normed(pass, state.Branches[0].Norm, x);
        for (var i = 0; i < state.Branches.Count; i++)
        {
            using var inner = pass.Workspace.Begin();
            var branch = state.Branches[i];
            ForwardBranch(pass, layer, branch, i == 0 || branch.Norm is null ? first : Normed(pass, branch.Norm, x), i == 0 ? x : null, y);
        }
    }

    /// <summary>sum = stream + r · post(part(normed)), or sum += where there is no stream; without a sum, what the backward needs.</summary>
    private static void ForwardBranch<T>(Pass<T> pass, LayerSpecification layer, Branch<T> branch, Matrix<T> normed, Matrix<T>? stream, Matrix<T>? sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (sum is not { } total)
        {
            branch.Part.Forward(pass, normed, branch.Output);
            return;
        }

        using var scope = pass.Workspace.Begin();
        var output = branch.Output ?? scope.Take(normed.Rows, normed.Columns);
        branch.Part.Forward(pass, normed, output);
        if (stream is { } input)
            pass.Device.Copy(input, total);
        pass.Device.Add(Normed(pass, branch.OutputNorm, output), total, layer.ResidualScale);
    }

    private static void BackwardSideBySide<T>(Pass<T> pass, LayerSpecification layer, Matrix<T> x, LayerState<T> state, Matrix<T> gradient, bool needsInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        var total = scope.Take(x.Rows, x.Columns);
        pass.Device.Copy(gradient, total);
        if (HaveOneNorm(layer, state))
        {
            BackwardWithOneNorm(pass, layer, x, state, gradient, total, needsInput);
        }
        else
        {
            for (var i = state.Branches.Count - 1; i >= 0; i--)
                BackwardBranch(pass, layer, state.Branches[i], x, gradient, total, needsInput);
        }

        pass.Device.Copy(total, gradient);
    }

    private static void BackwardBranch<T>(
        Pass<T> pass, LayerSpecification layer, Branch<T> branch, Matrix<T> x, Matrix<T> dy, Matrix<T> sum, bool needsInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        var normed = Normed(pass, branch.Norm, x);
        var dBranch = scope.Take(x.Rows, x.Columns);
        BranchGradient(pass, branch, layer.ResidualScale, dy, dBranch);
        if (!needsInput && !IsAccumulated(pass, branch.Norm))
        {
            branch.Part.Backward(pass, normed, dBranch, null);
            return;
        }

        var dNormed = scope.Take(x.Rows, x.Columns);
        branch.Part.Backward(pass, normed, dBranch, dNormed);
        AddInputGradient(pass, branch.Norm, x, dNormed, sum);
    }

    /// <summary>Side by side with one norm: its output's gradient is the sum of all branches'.</summary>
    private static void BackwardWithOneNorm<T>(
        Pass<T> pass, LayerSpecification layer, Matrix<T> x, LayerState<T> state, Matrix<T> dy, Matrix<T> sum, bool needsInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        var norm = state.Branches[0].Norm;
        var normed = Normed(pass, norm, x);
        var dBranch = scope.Take(x.Rows, x.Columns);
        var (dNormed, dOther) = needsInput || IsAccumulated(pass, norm)
            ? (scope.Take(x.Rows, x.Columns), scope.Take(x.Rows, x.Columns))
            : default((Matrix<T>?, Matrix<T>?));
        for (var i = state.Branches.Count - 1; i >= 0; i--)
        {
            var isFirst = i + 1 == state.Branches.Count;
            BranchGradient(pass, state.Branches[i], layer.ResidualScale, dy, dBranch);
            state.Branches[i].Part.Backward(pass, normed, dBranch, isFirst ? dNormed : dOther);
            if (!isFirst && dOther is { } other)
                pass.Device.Add(other, dNormed!.Value);
        }

        if (dNormed is { } gradient)
            AddInputGradient(pass, norm, x, gradient, sum);
    }

    /// <summary>Whether the branches stand side by side on the norm of the first.</summary>
    private static bool HaveOneNorm<T>(LayerSpecification layer, LayerState<T> state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        layer.ParallelResidual && state.Branches.Count > 1 && state.Branches.Skip(1).All(branch => branch.Norm is null);

    /// <summary>norm(x), or x itself where there is no norm.</summary>
    private static Matrix<T> Normed<T>(Pass<T> pass, NormSpecification? norm, Matrix<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (norm is null)
            return x;
        var normed = pass.Workspace.Take(x.Rows, x.Columns);
        Norm.Forward(pass, norm, x, normed);
        return normed;
    }

    /// <summary>The gradient of a branch's output before the norm behind it.</summary>
    private static void BranchGradient<T>(Pass<T> pass, Branch<T> branch, double scale, Matrix<T> dy, Matrix<T> dBranch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        pass.Device.Copy(dy, dBranch);
        if (scale != 1)
            pass.Device.Scale(dBranch, scale);
        if (branch.OutputNorm is { } norm)
            Norm.Backward(pass, norm, branch.Output!.Value, dBranch, dBranch, accumulate: false);
    }

    private static void AddInputGradient<T>(Pass<T> pass, NormSpecification? norm, Matrix<T> x, Matrix<T> dNormed, Matrix<T> sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (norm is null)
            pass.Device.Add(dNormed, sum);
        else
            Norm.Backward(pass, norm, x, dNormed, sum, accumulate: true);
    }

    private static bool IsAccumulated<T>(Pass<T> pass, NormSpecification? norm)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => norm?.Parameters.Any(parameter => pass.Accumulator(parameter) is not null) ?? false;
}
