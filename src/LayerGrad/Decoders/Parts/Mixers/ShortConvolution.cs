using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// A gated short convolution:
/// <code>
/// [b | c | v] = x Wᵀ,   u = conv(b · v),   y = (c · u) Oᵀ
/// dc = d · u,   du = d · c,   d(b · v) = convᵀ(du),   d the gradient of c · u
/// </code>
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class ShortConvolution<T> : Mixer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ShortConvolutionSpecification _mixer;

    /// <summary>b, c and v.</summary>
    private readonly Matrix<T> _projected;

    /// <summary>u.</summary>
    private readonly Matrix<T> _convolved;

    /// <summary>Room for a batch.</summary>
    /// <param name="mixer">The settings.</param>
    /// <param name="workspace">Where what is kept goes.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public ShortConvolution(ShortConvolutionSpecification mixer, Workspace<T> workspace, int tokens)
    {
        _mixer = mixer;
        _projected = workspace.Take(tokens, mixer.Input.Outputs);
        _convolved = workspace.Take(tokens, mixer.Taps.Rows);
    }

    /// <inheritdoc />
    public override void Forward(Pass<T> pass, Matrix<T> x, Matrix<T>? y)
    {
        Linear.Forward(pass, [_mixer.Input], x, _projected);
        using var scope = pass.Workspace.Begin();
        var product = scope.Take(_convolved.Rows, _convolved.Columns);
        pass.Device.Activate(Activation.Identity, Third(_projected, 0), Third(_projected, 2), product);
        pass.Device.Convolve(pass.Segments, product, pass.Weights[_mixer.Taps], pass.Weight(_mixer.Bias), _convolved);
        if (y is not { } output)
            return;
        pass.Device.Activate(Activation.Identity, Third(_projected, 1), _convolved, product);
        Linear.Forward(pass, [_mixer.Output], product, output);
    }

    /// <inheritdoc />
    public override long ForwardScratch(PlannedPass pass, bool output) => Workspace<T>.Elements(pass.Tokens, _convolved.Columns);

    /// <inheritdoc />
    public override void Backward(Pass<T> pass, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx)
    {
        using var scope = pass.Workspace.Begin();
        var dProjected = scope.Take(_projected.Rows, _projected.Columns);
        var (product, dProduct, dConvolved) = (Room(scope), Room(scope), Room(scope));
        pass.Device.Activate(Activation.Identity, Third(_projected, 1), _convolved, product);
        Linear.Backward(pass, [_mixer.Output], pass.Segments, product, dy, dProduct);
        pass.Device.ActivateBackward(Activation.Identity, Third(_projected, 1), _convolved, dProduct, Third(dProjected, 1), dConvolved);

        pass.Device.Activate(Activation.Identity, Third(_projected, 0), Third(_projected, 2), product);
        pass.Device.ConvolveBackward(
            pass.Segments, product, pass.Weights[_mixer.Taps], dConvolved, dProduct, pass.Accumulator(_mixer.Taps), pass.Accumulator(_mixer.Bias));
        pass.Device.ActivateBackward(Activation.Identity, Third(_projected, 0), Third(_projected, 2), dProduct, Third(dProjected, 0), Third(dProjected, 2));
        Linear.Backward(pass, [_mixer.Input], pass.Segments, x, dProjected, dx);
    }

    /// <inheritdoc />
    public override long BackwardScratch(PlannedPass pass) =>
        Workspace<T>.Elements(pass.Tokens, _projected.Columns) + (3 * Workspace<T>.Elements(pass.Tokens, _convolved.Columns));

    private Matrix<T> Room(Workspace<T>.Scope scope) => scope.Take(_convolved.Rows, _convolved.Columns);

    private Matrix<T> Third(Matrix<T> projected, int place) => projected.ColumnRange(place * _convolved.Columns, _convolved.Columns);
}
