using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// Feed-forward and experts side by side:
/// <code>
/// y = norm₁(dense(norm(x))) + norm₂(experts(x))
/// </code>
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class ExpertsBesideDense<T> : FeedForward<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ExpertsBesideDenseSpecification _specification;
    private readonly DenseFeedForward<T> _dense;
    private readonly MixtureOfExperts<T> _experts;
    private readonly Matrix<T> _denseOutput;
    private readonly Matrix<T> _expertsOutput;

    /// <summary>Room for a batch.</summary>
    /// <param name="specification">The settings.</param>
    /// <param name="workspace">Where what is kept goes.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public ExpertsBesideDense(ExpertsBesideDenseSpecification specification, Workspace<T> workspace, int tokens)
    {
        _specification = specification;
        _dense = new DenseFeedForward<T>(specification.Dense, workspace, tokens);
        _experts = new MixtureOfExperts<T>(specification.Experts, workspace, tokens);
        _denseOutput = workspace.Take(tokens, specification.Dense.Down.Outputs);
        _expertsOutput = workspace.Take(tokens, specification.Dense.Down.Outputs);
    }

    /// <inheritdoc />
    public override void Forward(Pass<T> pass, Matrix<T> x, Matrix<T>? y)
    {
        using (var scope = pass.Workspace.Begin())
        {
            var normed = scope.Take(x.Rows, x.Columns);
            Norm.Forward(pass, _specification.DenseNorm, x, normed);
            _dense.Forward(pass, normed, _denseOutput);
        }

        _experts.Forward(pass, x, _expertsOutput);
        if (y is not { } output)
            return;
        using var inner = pass.Workspace.Begin();
        var added = inner.Take(x.Rows, x.Columns);
        Norm.Forward(pass, _specification.DenseOutputNorm, _denseOutput, output);
        Norm.Forward(pass, _specification.ExpertsOutputNorm, _expertsOutput, added);
        pass.Device.Add(added, output);
    }

    /// <inheritdoc />
    public override long ForwardScratch(PlannedPass pass, bool output) =>
        Math.Max(Stream(pass) + _dense.ForwardScratch(pass, output: true), _experts.ForwardScratch(pass, output: true));

    /// <inheritdoc />
    public override void Backward(Pass<T> pass, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx)
    {
        using var scope = pass.Workspace.Begin();
        var (dOutput, normed, dPart) = (scope.Take(x.Rows, x.Columns), scope.Take(x.Rows, x.Columns), scope.Take(x.Rows, x.Columns));
        Norm.Backward(pass, _specification.DenseOutputNorm, _denseOutput, dy, dOutput, accumulate: false);
        Norm.Forward(pass, _specification.DenseNorm, x, normed);
        _dense.Backward(pass, normed, dOutput, dPart);
        Norm.Backward(pass, _specification.DenseNorm, x, dPart, dx ?? dPart, accumulate: false);

        Norm.Backward(pass, _specification.ExpertsOutputNorm, _expertsOutput, dy, dOutput, accumulate: false);
        _experts.Backward(pass, x, dOutput, dx is null ? null : dPart);
        if (dx is { } sum)
            pass.Device.Add(dPart, sum);
    }

    /// <inheritdoc />
    public override long BackwardScratch(PlannedPass pass) => (3 * Stream(pass)) + Math.Max(_dense.BackwardScratch(pass), _experts.BackwardScratch(pass));

    private long Stream(PlannedPass pass) => Workspace<T>.Elements(pass.Tokens, _denseOutput.Columns);
}
