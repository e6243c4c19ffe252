using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// Gated or plain feed-forward:
/// <code>
/// a = act(gate(x)) · up(x)   or   act(up(x))   or   the clamped activation of both,   y = down(a)
/// </code>
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class DenseFeedForward<T> : FeedForward<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly DenseFeedForwardSpecification _specification;
    private readonly Matrix<T> _projected;

    /// <summary>Room for a batch.</summary>
    /// <param name="specification">The settings.</param>
    /// <param name="workspace">Where what is kept goes.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public DenseFeedForward(DenseFeedForwardSpecification specification, Workspace<T> workspace, int tokens)
        : this(specification, workspace.Take(tokens, Columns(specification)))
    {
    }

    /// <summary>Over rows that belong to somebody else.</summary>
    /// <param name="specification">The settings.</param>
    /// <param name="projected">tokens x <see cref="Columns"/>.</param>
    public DenseFeedForward(DenseFeedForwardSpecification specification, Matrix<T> projected)
    {
        _specification = specification;
        _projected = projected;
    }

    /// <summary>The columns kept for each token: gate and up, or up alone.</summary>
    /// <param name="specification">The settings.</param>
    public static int Columns(DenseFeedForwardSpecification specification) => specification.IntermediateSize * (specification.Gated ? 2 : 1);

    /// <inheritdoc />
    public override void Forward(Pass<T> pass, Matrix<T> x, Matrix<T>? y)
    {
        Linear.Forward(pass, _specification.Projections, x, _projected);
        if (y is not { } output)
            return;
        using var scope = pass.Workspace.Begin();
        var activated = scope.Take(x.Rows, _specification.IntermediateSize);
        Activate(pass, activated);
        Linear.Forward(pass, [_specification.Down], activated, output);
    }

    /// <inheritdoc />
    public override long ForwardScratch(PlannedPass pass, bool output) => output ? ForwardScratch(_specification, pass.Tokens) : 0;

    /// <summary>The elements of the workspace that a forward with an output takes.</summary>
    /// <param name="specification">The settings.</param>
    /// <param name="rows">The rows.</param>
    public static long ForwardScratch(DenseFeedForwardSpecification specification, int rows) => Workspace<T>.Elements(rows, specification.IntermediateSize);

    /// <inheritdoc />
    public override void Backward(Pass<T> pass, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx) => Backward(pass, pass.Segments, x, dy, dx);

    /// <summary>The backward where the rows are not those of the whole batch.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="segments">Which rows belong to which example.</param>
    /// <param name="x">rows x hidden, the forward's.</param>
    /// <param name="dy">rows x hidden.</param>
    /// <param name="dx">rows x hidden, overwritten; null where nobody needs it.</param>
    public void Backward(Pass<T> pass, IReadOnlyList<Segment> segments, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx)
    {
        using var scope = pass.Workspace.Begin();
        var dActivated = scope.Take(x.Rows, _specification.IntermediateSize);
        if (pass.Sink?.Wants(_specification.Down.Weight) == true)
        {
            // Recomputed rather than kept: it is the largest of all activations and cheap to come by.
            using var inner = pass.Workspace.Begin();
            var activated = inner.Take(x.Rows, _specification.IntermediateSize);
            Activate(pass, activated);
            Linear.Backward(pass, [_specification.Down], segments, activated, dy, dActivated);
        }
        else
        {
            Linear.Backward(pass, [_specification.Down], segments, dActivated, dy, dActivated);
        }

        var dProjected = scope.Take(x.Rows, _projected.Columns);
        ActivateBackward(pass, dActivated, dProjected);
        Linear.Backward(pass, _specification.Projections, segments, x, dProjected, dx);
    }

    /// <inheritdoc />
    public override long BackwardScratch(PlannedPass pass) => BackwardScratch(_specification, pass, pass.Tokens);

    /// <summary>The elements of the workspace that a backward takes at most at a time.</summary>
    /// <param name="specification">The settings.</param>
    /// <param name="pass">The pass, before it takes place.</param>
    /// <param name="rows">The rows.</param>
    public static long BackwardScratch(DenseFeedForwardSpecification specification, PlannedPass pass, int rows)
    {
        var activated = Workspace<T>.Elements(rows, specification.IntermediateSize);
        return activated + Math.Max(pass.Wants(specification.Down.Weight) ? activated : 0, Workspace<T>.Elements(rows, Columns(specification)));
    }

    private void Activate(Pass<T> pass, Matrix<T> activated)
    {
        if (_specification.Xielu is { } xielu)
            pass.Device.Xielu(_projected, Numbers(pass, xielu), activated);
        else if (_specification.Clamped is { } clamped)
            pass.Device.ClampedSwiglu(clamped, _projected, activated);
        else
            pass.Device.Activate(_specification.Activation, First(_projected), Second(_projected), activated);
    }

    private void ActivateBackward(Pass<T> pass, Matrix<T> dActivated, Matrix<T> dProjected)
    {
        if (_specification.Xielu is { } xielu)
            pass.Device.XieluBackward(_projected, Numbers(pass, xielu), dActivated, dProjected, pass.Accumulator(xielu.AlphaP), pass.Accumulator(xielu.AlphaN));
        else if (_specification.Clamped is { } clamped)
            pass.Device.ClampedSwigluBackward(clamped, _projected, dActivated, dProjected);
        else
            pass.Device.ActivateBackward(_specification.Activation, First(_projected), Second(_projected), dActivated, First(dProjected), Second(dProjected));
    }

    private static XieluParameters<T> Numbers(Pass<T> pass, XieluSpecification xielu) =>
        new(pass.Weights[xielu.AlphaP], pass.Weights[xielu.AlphaN], pass.Weights[xielu.Beta], pass.Weights[xielu.Epsilon]);

    private Matrix<T> First(Matrix<T> matrix) => matrix.ColumnRange(0, _specification.IntermediateSize);

    private Matrix<T>? Second(Matrix<T> matrix) =>
        _specification.Gated ? matrix.ColumnRange(_specification.IntermediateSize, _specification.IntermediateSize) : null;
}
