using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// One decoder layer. With A = post ∘ attention ∘ norm, F = post ∘ feed-forward ∘ norm and the residual scale r:
/// <code>
/// one after the other:  m = x + r·A(x),   y = m + r·F(m)
/// side by side:         y = x + r·A(x) + r·F(x)
/// </code>
/// </summary>
internal static class DecoderLayer
{
    /// <summary>y = layer(x).</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="layer">The settings.</param>
    /// <param name="x">tokens x hidden.</param>
    /// <param name="state">Filled for the backward.</param>
    /// <param name="y">tokens x hidden; not <paramref name="x"/>.</param>
    public static void Forward<T>(Pass<T> pass, LayerSpecification layer, Matrix<T> x, LayerState<T> state, Matrix<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        var normed = Normed(pass, layer.AttentionNorm, x);
        var output = state.AttentionOutput ?? scope.Take(x.Rows, x.Columns);
        SelfAttention.Forward(pass, layer.Attention, normed, state.Attention, output);
        var middle = state.Middle ?? y;
        pass.Device.Copy(x, middle);
        AddBranch(pass, layer.AttentionOutputNorm, output, layer.ResidualScale, middle);

        var feedForwardInput = layer.ParallelResidual
            ? layer.FeedForwardNorm is null ? normed : Normed(pass, layer.FeedForwardNorm, x)
            : Normed(pass, layer.FeedForwardNorm, middle);
        output = state.FeedForwardOutput ?? scope.Take(x.Rows, x.Columns);
        state.FeedForward.Forward(pass, feedForwardInput, output);
        if (state.Middle is not null)
            pass.Device.Copy(middle, y);
        AddBranch(pass, layer.FeedForwardOutputNorm, output, layer.ResidualScale, y);
    }

    /// <summary>Computes again what the backward needs, and nothing that only the layer's output needs.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="layer">The settings.</param>
    /// <param name="x">tokens x hidden.</param>
    /// <param name="state">Filled for the backward.</param>
    public static void Recompute<T>(Pass<T> pass, LayerSpecification layer, Matrix<T> x, LayerState<T> state)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        var normed = Normed(pass, layer.AttentionNorm, x);
        if (state.Middle is { } middle)
        {
            var output = state.AttentionOutput ?? scope.Take(x.Rows, x.Columns);
            SelfAttention.Forward(pass, layer.Attention, normed, state.Attention, output);
            pass.Device.Copy(x, middle);
            AddBranch(pass, layer.AttentionOutputNorm, output, layer.ResidualScale, middle);
            state.FeedForward.Forward(pass, Normed(pass, layer.FeedForwardNorm, middle), state.FeedForwardOutput);
        }
        else
        {
            SelfAttention.Forward(pass, layer.Attention, normed, state.Attention, state.AttentionOutput);
            var input = layer.FeedForwardNorm is null ? normed : Normed(pass, layer.FeedForwardNorm, x);
            state.FeedForward.Forward(pass, input, state.FeedForwardOutput);
        }
    }

    /// <summary>Turns the gradient of the output into that of the input, in place; those of the parameters go to the sink.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="layer">The settings.</param>
    /// <param name="x">tokens x hidden, the forward's.</param>
    /// <param name="state">What the forward left.</param>
    /// <param name="gradient">tokens x hidden: the output's, and then the input's.</param>
    /// <param name="needsInput">Whether anybody needs the gradient of the input; if not, <paramref name="gradient"/> is left undefined.</param>
    public static void Backward<T>(Pass<T> pass, LayerSpecification layer, Matrix<T> x, LayerState<T> state, Matrix<T> gradient, bool needsInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        if (!layer.ParallelResidual)
        {
            FeedForwardBackward(pass, layer, Normed(pass, layer.FeedForwardNorm, state.Middle!.Value), state.Middle!.Value, state, gradient, gradient);
            AttentionBackward(pass, layer, Normed(pass, layer.AttentionNorm, x), x, state, gradient, gradient, needsInput);
            return;
        }

        var normed = Normed(pass, layer.AttentionNorm, x);
        var total = scope.Take(x.Rows, x.Columns);
        pass.Device.Copy(gradient, total);
        if (layer.FeedForwardNorm is null)
        {
            SharedNormBackward(pass, layer, normed, x, state, gradient, total);
        }
        else
        {
            FeedForwardBackward(pass, layer, Normed(pass, layer.FeedForwardNorm, x), x, state, gradient, total);
            AttentionBackward(pass, layer, normed, x, state, gradient, total, needsInput);
        }

        pass.Device.Copy(total, gradient);
    }

    private static void FeedForwardBackward<T>(
        Pass<T> pass, LayerSpecification layer, Matrix<T> normed, Matrix<T> x, LayerState<T> state, Matrix<T> dy, Matrix<T> sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        var (dBranch, dNormed) = (scope.Take(x.Rows, x.Columns), scope.Take(x.Rows, x.Columns));
        BranchGradient(pass, layer.FeedForwardOutputNorm, state.FeedForwardOutput, layer.ResidualScale, dy, dBranch);
        state.FeedForward.Backward(pass, normed, dBranch, dNormed);
        AddInputGradient(pass, layer.FeedForwardNorm, x, dNormed, sum);
    }

    private static void AttentionBackward<T>(
        Pass<T> pass, LayerSpecification layer, Matrix<T> normed, Matrix<T> x, LayerState<T> state, Matrix<T> dy, Matrix<T> sum, bool needsInput)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        var dBranch = scope.Take(x.Rows, x.Columns);
        BranchGradient(pass, layer.AttentionOutputNorm, state.AttentionOutput, layer.ResidualScale, dy, dBranch);
        if (!needsInput)
        {
            SelfAttention.Backward(pass, layer.Attention, normed, state.Attention, dBranch, null);
            return;
        }

        var dNormed = scope.Take(x.Rows, x.Columns);
        SelfAttention.Backward(pass, layer.Attention, normed, state.Attention, dBranch, dNormed);
        AddInputGradient(pass, layer.AttentionNorm, x, dNormed, sum);
    }

    /// <summary>Side by side with one norm: its output's gradient is the sum of both branches'.</summary>
    private static void SharedNormBackward<T>(
        Pass<T> pass, LayerSpecification layer, Matrix<T> normed, Matrix<T> x, LayerState<T> state, Matrix<T> dy, Matrix<T> sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        var (dBranch, dNormed, dOther) = (scope.Take(x.Rows, x.Columns), scope.Take(x.Rows, x.Columns), scope.Take(x.Rows, x.Columns));
        BranchGradient(pass, layer.FeedForwardOutputNorm, state.FeedForwardOutput, layer.ResidualScale, dy, dBranch);
        state.FeedForward.Backward(pass, normed, dBranch, dNormed);
        BranchGradient(pass, layer.AttentionOutputNorm, state.AttentionOutput, layer.ResidualScale, dy, dBranch);
        SelfAttention.Backward(pass, layer.Attention, normed, state.Attention, dBranch, dOther);
        pass.Device.Add(dOther, dNormed);
        AddInputGradient(pass, layer.AttentionNorm, x, dNormed, sum);
    }

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

    /// <summary>sum += r · post(output).</summary>
    private static void AddBranch<T>(Pass<T> pass, NormSpecification? norm, Matrix<T> output, double scale, Matrix<T> sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        pass.Device.Add(Normed(pass, norm, output), sum, scale);
    }

    /// <summary>The gradient of a branch's output before the norm behind it.</summary>
    private static void BranchGradient<T>(Pass<T> pass, NormSpecification? norm, Matrix<T>? output, double scale, Matrix<T> dy, Matrix<T> dBranch)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        pass.Device.Copy(dy, dBranch);
        if (scale != 1)
            pass.Device.Scale(dBranch, scale);
        if (norm is not null)
            Norm.Backward(pass, norm, output!.Value, dBranch, dBranch, accumulate: false);
    }

    private static void AddInputGradient<T>(Pass<T> pass, NormSpecification? norm, Matrix<T> x, Matrix<T> dNormed, Matrix<T> sum)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (norm is null)
            pass.Device.Add(dNormed, sum);
        else
            Norm.Backward(pass, norm, x, dNormed, sum, accumulate: true);
    }
}
