using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// The expert that every token goes through, during one batch:
/// <code>
/// y += g · expert(x),   g = σ(gate(x)), or 1 where there is no gate
/// </code>
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class SharedExpert<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SharedExpertSpecification _specification;
    private readonly DenseFeedForward<T> _expert;
    private readonly Matrix<T>? _output;
    private double[] _open = [];

    /// <summary>Room for a batch.</summary>
    /// <param name="specification">The settings.</param>
    /// <param name="workspace">Where what is kept goes.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public SharedExpert(SharedExpertSpecification specification, Workspace<T> workspace, int tokens)
    {
        _specification = specification;
        _expert = new DenseFeedForward<T>(specification.Expert, workspace, tokens);
        if (specification.Gate is not null)
            _output = workspace.Take(tokens, specification.Expert.Down.Outputs);
    }

    /// <summary>Adds the expert's output.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="x">tokens x hidden.</param>
    /// <param name="y">tokens x hidden, added to; null where only what the backward needs is wanted.</param>
    public void Forward(Pass<T> pass, Matrix<T> x, Matrix<T>? y)
    {
        using var scope = pass.Workspace.Begin();
        if (_specification.Gate is not { } gate)
        {
            Matrix<T>? output = y is null ? null : scope.Take(x.Rows, x.Columns);
            _expert.Forward(pass, x, output);
            if (y is { } sum)
                pass.Device.Add(output!.Value, sum);
            return;
        }

        var logits = scope.Take(x.Rows, 1);
        Linear.Forward(pass, [gate], x, logits);
        _open = Array.ConvertAll(pass.Device.Read(logits).Wait(), static value => 1 / (1 + Math.Exp(-double.CreateTruncating(value))));
        _expert.Forward(pass, x, _output);
        if (y is { } total)
            pass.Device.Add(Weighted(pass, _output!.Value), total);
    }

    /// <summary>The elements of the workspace that the forward takes at most at a time.</summary>
    /// <param name="pass">The pass, before it takes place.</param>
    /// <param name="output">Whether there is an output.</param>
    public long ForwardScratch(PlannedPass pass, bool output)
    {
        var (stream, expert) = (Stream(pass), DenseFeedForward<T>.ForwardScratch(_specification.Expert, pass.Tokens));
        if (_specification.Gate is null)
            return output ? stream + expert : 0;
        return Workspace<T>.Elements(pass.Tokens, 1) + Math.Max(expert, output ? stream : 0);
    }

    /// <summary>Adds the gradient of the input; those of the parameters go to the sink.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="x">tokens x hidden, the forward's.</param>
    /// <param name="dy">tokens x hidden.</param>
    /// <param name="dx">tokens x hidden, added to; null where nobody needs it.</param>
    public void Backward(Pass<T> pass, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx)
    {
        using var scope = pass.Workspace.Begin();
        Matrix<T>? part = dx is null ? null : scope.Take(x.Rows, x.Columns);
        _expert.Backward(pass, x, _specification.Gate is null ? dy : Weighted(pass, dy), part);
        if (dx is { } sum)
            pass.Device.Add(part!.Value, sum);
        if (_specification.Gate is not { } gate)
            return;

        var dOpen = pass.Device.DotRows(dy, _output!.Value).Wait();
        var dLogits = scope.Take(x.Rows, 1);
        pass.Device.Upload(dOpen.Zip(_open, static (gradient, open) => T.CreateTruncating(gradient * open * (1 - open))).ToArray(), dLogits);
        Linear.Backward(pass, [gate], pass.Segments, x, dLogits, part);
        if (dx is { } total)
            pass.Device.Add(part!.Value, total);
    }

    /// <summary>The elements of the workspace that the backward takes at most at a time.</summary>
    /// <param name="pass">The pass, before it takes place.</param>
    public long BackwardScratch(PlannedPass pass)
    {
        var (stream, expert) = (Stream(pass), DenseFeedForward<T>.BackwardScratch(_specification.Expert, pass, pass.Tokens));
        return _specification.Gate is null ? stream + expert : (2 * stream) + Math.Max(expert, Workspace<T>.Elements(pass.Tokens, 1));
    }

    private long Stream(PlannedPass pass) => Workspace<T>.Elements(pass.Tokens, _specification.Expert.Down.Outputs);

    /// <summary>A copy of the rows, each times its token's weight.</summary>
    private Matrix<T> Weighted(Pass<T> pass, Matrix<T> rows)
    {
        var copy = pass.Workspace.Take(rows.Rows, rows.Columns);
        pass.Device.Copy(rows, copy);
        pass.Device.ScaleRows(copy, _open);
        return copy;
    }
}
