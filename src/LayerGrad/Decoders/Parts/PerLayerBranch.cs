using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// What a layer makes of its own input i:
/// <code>
/// a = act(x Gᵀ) · i,   y = a Pᵀ
/// </code>
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class PerLayerBranch<T> : FeedForward<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly PerLayerBranchSpecification _branch;
    private readonly Matrix<T> _gate;

    /// <summary>Room for a batch.</summary>
    /// <param name="branch">The settings.</param>
    /// <param name="workspace">Where what is kept goes.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public PerLayerBranch(PerLayerBranchSpecification branch, Workspace<T> workspace, int tokens)
    {
        _branch = branch;
        _gate = workspace.Take(tokens, branch.Gate.Outputs);
    }

    /// <inheritdoc />
    public override void Forward(Pass<T> pass, Matrix<T> x, Matrix<T>? y)
    {
        Linear.Forward(pass, [_branch.Gate], x, _gate);
        if (y is not { } output)
            return;
        using var scope = pass.Workspace.Begin();
        var gated = scope.Take(_gate.Rows, _gate.Columns);
        pass.Device.Activate(_branch.Activation, _gate, InputOf(pass.Shared.Inputs!.Value), gated);
        Linear.Forward(pass, [_branch.Projection], gated, output);
    }

    /// <inheritdoc />
    public override long ForwardScratch(PlannedPass pass, bool output) => output ? Workspace<T>.Elements(pass.Tokens, _gate.Columns) : 0;

    /// <inheritdoc />
    public override void Backward(Pass<T> pass, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx)
    {
        using var scope = pass.Workspace.Begin();
        var (gated, dGated, dGate) = (scope.Take(_gate.Rows, _gate.Columns), scope.Take(_gate.Rows, _gate.Columns), scope.Take(_gate.Rows, _gate.Columns));
        var input = InputOf(pass.Shared.Inputs!.Value);
        pass.Device.Activate(_branch.Activation, _gate, input, gated);
        Linear.Backward(pass, [_branch.Projection], pass.Segments, gated, dy, dGated);

        // The gradient of the input in the room of what the projection read.
        pass.Device.ActivateBackward(_branch.Activation, _gate, input, dGated, dGate, gated);
        if (pass.Shared.InputGradient is { } gradient)
            pass.Device.Add(gated, InputOf(gradient));
        Linear.Backward(pass, [_branch.Gate], pass.Segments, x, dGate, dx);
    }

    /// <inheritdoc />
    public override long BackwardScratch(PlannedPass pass) => 3 * Workspace<T>.Elements(pass.Tokens, _gate.Columns);

    private Matrix<T> InputOf(Matrix<T> inputs) => inputs.ColumnRange(_branch.Layer * _gate.Columns, _gate.Columns);
}
