using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// Self-attention: project, norm queries and keys, clamp, turn by position (in some families turn first and norm then), scale queries by
/// position, attend, in some families multiply by a gate, project. The backward walks the same steps from the last to the first.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class SelfAttention<T> : Mixer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly AttentionSpecification _attention;

    /// <summary>Queries, keys and values as attention uses them, tokens x columns.</summary>
    private readonly Matrix<T> _qkv;

    /// <summary>The same before the norms of queries and keys, where there are such.</summary>
    private readonly Matrix<T>? _beforeNorm;

    /// <summary>The same after clamping and before rotation, where values are clamped.</summary>
    private readonly Matrix<T>? _clamped;

    /// <summary>The heads' outputs, tokens x (heads · head size): the input of the output projection.</summary>
    private readonly Matrix<T> _output;

    /// <summary>The logarithms of the softmax denominators, tokens x heads.</summary>
    private readonly Matrix<T> _logSumExp;

    /// <summary>Room for a batch.</summary>
    /// <param name="attention">The settings.</param>
    /// <param name="workspace">Where what is kept goes.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public SelfAttention(AttentionSpecification attention, Workspace<T> workspace, int tokens)
    {
        _attention = attention;
        _qkv = workspace.Take(tokens, attention.Columns);
        _output = workspace.Take(tokens, attention.Heads * attention.HeadSize);
        _logSumExp = workspace.Take(tokens, attention.Heads);
        if (attention.Norms.Any())
            _beforeNorm = workspace.Take(tokens, attention.Columns);
        if (attention.Clamp is not null)
            _clamped = workspace.Take(tokens, attention.Columns);
    }

    /// <inheritdoc />
    public override void Forward(Pass<T> pass, Matrix<T> x, Matrix<T>? y)
    {
        Linear.Forward(pass, _attention.Projections, x, _beforeNorm ?? _qkv);
        if (_beforeNorm is { } before)
        {
            if (_attention.NormsAfterRotary)
                Positions.Turn(pass, _attention.Rotary, inverse: false, Query(before), Key(before));
            pass.Device.Copy(before, _qkv);
            Normalize(pass, _attention.QueryNorm, Query(before), Query(_qkv));
            Normalize(pass, _attention.KeyNorm, Key(before), Key(_qkv));
        }

        if (_clamped is { } clamped)
        {
            pass.Device.Clamp(_qkv, _attention.Clamp!.Value);
            pass.Device.Copy(_qkv, clamped);
        }

        if (!_attention.NormsAfterRotary)
            Positions.Turn(pass, _attention.Rotary, inverse: false, Query(_qkv), Key(_qkv));
        Positions.Scale(pass, _attention.QueryScale, Query(_qkv).Matrix);
        pass.Device.Attend(_attention.Shape, pass.Segments, Query(_qkv), Key(_qkv), Value(_qkv), OutputHeads(_output), _logSumExp, pass.Weight(_attention.Sinks));
        if (y is not { } output)
            return;
        using var scope = pass.Workspace.Begin();
        Linear.Forward(pass, [_attention.Output], Gate(pass), output);
    }

    /// <inheritdoc />
    public override long ForwardScratch(PlannedPass pass, bool output) => output ? GateScratch(pass) : 0;

    /// <inheritdoc />
    public override void Backward(Pass<T> pass, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx)
    {
        using var scope = pass.Workspace.Begin();
        var dOutput = scope.Take(_output.Rows, _output.Columns);
        var gated = Gate(pass);
        Linear.Backward(pass, [_attention.Output], pass.Segments, gated, dy, dOutput);

        var dQkv = scope.Take(_qkv.Rows, _qkv.Columns);
        if (_attention.Gated)
            dOutput = GateBackward(pass, dOutput, dQkv, gated);
        var (dQuery, dKey) = (Query(dQkv), Key(dQkv));
        pass.Device.AttendBackward(
            _attention.Shape, pass.Segments, Query(_qkv), Key(_qkv), Value(_qkv),
            OutputHeads(_output), _logSumExp, OutputHeads(dOutput), dQuery, dKey, Value(dQkv), pass.Weight(_attention.Sinks), pass.Accumulator(_attention.Sinks));
        Positions.Scale(pass, _attention.QueryScale, dQuery.Matrix);
        if (!_attention.NormsAfterRotary)
            Positions.Turn(pass, _attention.Rotary, inverse: true, dQuery, dKey);
        if (_clamped is { } clamped)
            pass.Device.ClampBackward(clamped, _attention.Clamp!.Value, dQkv);
        if (_beforeNorm is { } before)
        {
            NormalizeBackward(pass, _attention.QueryNorm, Query(before), dQuery);
            NormalizeBackward(pass, _attention.KeyNorm, Key(before), dKey);
            if (_attention.NormsAfterRotary)
                Positions.Turn(pass, _attention.Rotary, inverse: true, dQuery, dKey);
        }

        Linear.Backward(pass, _attention.Projections, pass.Segments, x, dQkv, dx);
    }

    /// <inheritdoc />
    public override long BackwardScratch(PlannedPass pass) =>
        Workspace<T>.Elements(pass.Tokens, _output.Columns) + GateScratch(pass) + Workspace<T>.Elements(pass.Tokens, _qkv.Columns)
        + _attention.Norms.Select(norm => Norm.BackwardScratch<T>(pass, norm)).DefaultIfEmpty(0).Max();

    /// <summary>What the output projection reads: attention · σ(gate), in memory of the pass, or attention itself where there is no gate.</summary>
    private Matrix<T> Gate(Pass<T> pass)
    {
        if (!_attention.Gated)
            return _output;
        var gated = pass.Workspace.Take(_output.Rows, _output.Columns);
        for (var head = 0; head < _attention.Heads; head++)
            pass.Device.Activate(Activation.Sigmoid, GateOf(_qkv, head), OutputHeads(_output)[head], OutputHeads(gated)[head]);
        return gated;
    }

    /// <summary>The gradient of attention, in the memory of what the projection read; those of the gates go where they belong.</summary>
    private Matrix<T> GateBackward(Pass<T> pass, Matrix<T> dGated, Matrix<T> dQkv, Matrix<T> dOutput)
    {
        for (var head = 0; head < _attention.Heads; head++)
        {
            pass.Device.ActivateBackward(
                Activation.Sigmoid, GateOf(_qkv, head), OutputHeads(_output)[head], OutputHeads(dGated)[head], GateOf(dQkv, head), OutputHeads(dOutput)[head]);
        }

        return dOutput;
    }

    private long GateScratch(PlannedPass pass) => _attention.Gated ? Workspace<T>.Elements(pass.Tokens, _output.Columns) : 0;

    private static void Normalize(Pass<T> pass, NormSpecification? norm, Heads<T> x, Heads<T> y)
    {
        if (norm is not null)
            Norm.Forward(pass, norm, x.Matrix, y.Matrix, x.Spacing);
    }

    /// <summary>Turns the gradient of the normalized heads into that of the heads, in place.</summary>
    private static void NormalizeBackward(Pass<T> pass, NormSpecification? norm, Heads<T> x, Heads<T> gradient)
    {
        if (norm is not null)
            Norm.Backward(pass, norm, x.Matrix, gradient.Matrix, gradient.Matrix, accumulate: false, x.Spacing);
    }

    private Heads<T> OutputHeads(Matrix<T> output) => new(output, _attention.Heads, _attention.HeadSize, _attention.HeadSize);

    /// <summary>Where the keys begin, in heads.</summary>
    private int FirstKey => (_attention.Gated ? 2 : 1) * _attention.Heads;

    private Heads<T> Query(Matrix<T> qkv) => _attention.Gated
        ? new Heads<T>(qkv.ColumnRange(0, FirstKey * _attention.HeadSize), _attention.Heads, _attention.HeadSize, 2 * _attention.HeadSize)
        : HeadsAt(qkv, 0, _attention.Heads, 0);

    private Matrix<T> GateOf(Matrix<T> qkv, int head) => qkv.ColumnRange(((2 * head) + 1) * _attention.HeadSize, _attention.HeadSize);

    private Heads<T> Key(Matrix<T> qkv) => HeadsAt(qkv, FirstKey, _attention.KeyValueHeads, 1);

    private Heads<T> Value(Matrix<T> qkv) => HeadsAt(qkv, FirstKey + _attention.KeyValueHeads, _attention.KeyValueHeads, 2);

    private Heads<T> HeadsAt(Matrix<T> qkv, int firstHead, int count, int place)
    {
        var size = _attention.HeadSize;
        return _attention.Layout == QkvLayout.Concatenated
            ? new Heads<T>(qkv.ColumnRange(firstHead * size, count * size), count, size, size)
            : new Heads<T>(qkv.ColumnRange(place * size, (3 * count - 2) * size), count, size, 3 * size);
    }
}
