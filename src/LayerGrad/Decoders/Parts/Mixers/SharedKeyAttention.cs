using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// Attention whose keys and values may be those of an earlier layer. With R the rotation by position:
/// <code>
/// q = R norm(x Qᵀ),   k = R norm(x Kᵀ),   v = norm(x Vᵀ) or norm(x Kᵀ),   or [k | v] those of another layer
/// y = attention(q, k, v) Oᵀ,   d[k | v] = own + those of all layers that take them
/// </code>
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class SharedKeyAttention<T> : Mixer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SharedKeyAttentionSpecification _attention;

    /// <summary>What the projections give.</summary>
    private readonly Matrix<T> _first;

    /// <summary>The queries as attention uses them.</summary>
    private readonly Matrix<T> _query;

    /// <summary>Keys and values as attention uses them, where they are the layer's own and nobody else's.</summary>
    private readonly Matrix<T>? _keyValue;

    private readonly Matrix<T> _output;

    private readonly Matrix<T> _logSumExp;

    /// <summary>Room for a batch.</summary>
    /// <param name="attention">The settings.</param>
    /// <param name="workspace">Where what is kept goes.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public SharedKeyAttention(SharedKeyAttentionSpecification attention, Workspace<T> workspace, int tokens)
    {
        _attention = attention;
        _first = workspace.Take(tokens, attention.Projections.Sum(linear => linear.Outputs));
        _query = workspace.Take(tokens, attention.Query.Outputs);
        if (attention.Source is null && !attention.IsSource)
            _keyValue = workspace.Take(tokens, attention.KeyValueColumns);
        _output = workspace.Take(tokens, attention.Query.Outputs);
        _logSumExp = workspace.Take(tokens, attention.Heads);
    }

    /// <inheritdoc />
    public override void Forward(Pass<T> pass, Matrix<T> x, Matrix<T>? y)
    {
        Linear.Forward(pass, _attention.Projections, x, _first);
        Norm.Forward(pass, _attention.QueryNorm, RawQuery(_first), _query, _attention.HeadSize);
        Positions.Turn(pass, _attention.Rotary, inverse: false, Queries(_query));
        var keyValue = KeyValue(pass);
        if (_attention.Source is null)
        {
            Norm.Forward(pass, _attention.KeyNorm!, RawKey(_first), Key(keyValue).Matrix, _attention.HeadSize);
            Norm.Forward(pass, _attention.ValueNorm!, RawValue(_first), Value(keyValue).Matrix, _attention.HeadSize);
            Positions.Turn(pass, _attention.Rotary, inverse: false, Key(keyValue));
        }

        pass.Device.Attend(_attention.Shape, pass.Segments, Queries(_query), Key(keyValue), Value(keyValue), Queries(_output), _logSumExp);
        if (y is { } output)
            Linear.Forward(pass, [_attention.Output], _output, output);
    }

    /// <inheritdoc />
    public override long ForwardScratch(PlannedPass pass, bool output) => 0;

    /// <inheritdoc />
    public override void Backward(Pass<T> pass, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx)
    {
        using var scope = pass.Workspace.Begin();
        var (dOutput, dFirst) = (scope.Take(_output.Rows, _output.Columns), scope.Take(_first.Rows, _first.Columns));
        Linear.Backward(pass, [_attention.Output], pass.Segments, _output, dy, dOutput);

        var (keyValue, dKeyValue, dQuery) = (KeyValue(pass), scope.Take(_first.Rows, _attention.KeyValueColumns), RawQuery(dFirst));
        pass.Device.AttendBackward(
            _attention.Shape, pass.Segments, Queries(_query), Key(keyValue), Value(keyValue), Queries(_output), _logSumExp, Queries(dOutput),
            Queries(dQuery), Key(dKeyValue), Value(dKeyValue));
        Positions.Turn(pass, _attention.Rotary, inverse: true, Queries(dQuery));
        Norm.Backward(pass, _attention.QueryNorm, RawQuery(_first), dQuery, dQuery, accumulate: false, _attention.HeadSize);
        if (_attention.Source is { } source)
            pass.Device.Add(dKeyValue, pass.Shared.KeyValueGradient(source));
        else
            KeyValueBackward(pass, dKeyValue, dFirst);
        Linear.Backward(pass, _attention.Projections, pass.Segments, x, dFirst, dx);
    }

    /// <inheritdoc />
    public override long BackwardScratch(PlannedPass pass) =>
        Workspace<T>.Elements(pass.Tokens, _output.Columns) + Workspace<T>.Elements(pass.Tokens, _first.Columns)
        + Workspace<T>.Elements(pass.Tokens, _attention.KeyValueColumns);

    private void KeyValueBackward(Pass<T> pass, Matrix<T> dKeyValue, Matrix<T> dFirst)
    {
        if (_attention.IsSource)
            pass.Device.Add(pass.Shared.KeyValueGradient(_attention.Layer), dKeyValue);
        Positions.Turn(pass, _attention.Rotary, inverse: true, Key(dKeyValue));
        Norm.Backward(pass, _attention.KeyNorm!, RawKey(_first), Key(dKeyValue).Matrix, RawKey(dFirst), accumulate: false, _attention.HeadSize);
        Norm.Backward(pass, _attention.ValueNorm!, RawValue(_first), Value(dKeyValue).Matrix, RawValue(dFirst), accumulate: _attention.Value is null, _attention.HeadSize);
    }

    private Matrix<T> KeyValue(Pass<T> pass) => _keyValue ?? pass.Shared.KeyValues(_attention.Source ?? _attention.Layer);

    private int KeyColumns => _attention.KeyValueColumns / 2;

    private Matrix<T> RawQuery(Matrix<T> first) => first.ColumnRange(0, _attention.Query.Outputs);

    private Matrix<T> RawKey(Matrix<T> first) => first.ColumnRange(_attention.Query.Outputs, KeyColumns);

    private Matrix<T> RawValue(Matrix<T> first) => first.ColumnRange(first.Columns - KeyColumns, KeyColumns);

    private Heads<T> Queries(Matrix<T> query) => new(query, _attention.Heads, _attention.HeadSize, _attention.HeadSize);

    private Heads<T> Key(Matrix<T> keyValue) => new(keyValue.ColumnRange(0, KeyColumns), _attention.KeyValueHeads, _attention.HeadSize, _attention.HeadSize);

    private Heads<T> Value(Matrix<T> keyValue) => new(keyValue.ColumnRange(KeyColumns, KeyColumns), _attention.KeyValueHeads, _attention.HeadSize, _attention.HeadSize);
}
