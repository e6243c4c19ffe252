using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// Latent attention. With R the rotation by position, h a head and [a | b] columns side by side:
/// <code>
/// c = norm(x Dqᵀ),            q_h = [cₕ | R c'ₕ]        of c Uqᵀ
/// [l | r] = x Dkᵀ,  l' = norm(l),  [kₕ | vₕ] of l' Ukᵀ,   key_h = [kₕ | R r]
/// y = attention(q, key, v) Oᵀ,   dr = R⁻¹ Σₕ d(key_h)'s turned columns
/// </code>
/// The backward walks the same steps from the last to the first; normed latents are computed again.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class LatentAttention<T> : Mixer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LatentAttentionSpecification _attention;

    /// <summary>What the first projections give: the queries or their latent, the latent of keys and values, and the turned part of the key.</summary>
    private readonly Matrix<T> _first;

    /// <summary>The queries as attention uses them, tokens x (heads · head size).</summary>
    private readonly Matrix<T> _query;

    /// <summary>The keys as attention uses them, tokens x (heads · head size).</summary>
    private readonly Matrix<T> _key;

    /// <summary>The values, tokens x (heads · value size).</summary>
    private readonly Matrix<T> _value;

    /// <summary>The heads' outputs, tokens x (heads · value size).</summary>
    private readonly Matrix<T> _output;

    /// <summary>The logarithms of the softmax denominators, tokens x heads.</summary>
    private readonly Matrix<T> _logSumExp;

    /// <summary>Room for a batch.</summary>
    /// <param name="attention">The settings.</param>
    /// <param name="workspace">Where what is kept goes.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public LatentAttention(LatentAttentionSpecification attention, Workspace<T> workspace, int tokens)
    {
        _attention = attention;
        _first = workspace.Take(tokens, attention.First.Sum(linear => linear.Outputs));
        _query = attention.QueryDown is null ? _first.ColumnRange(0, attention.Query.Outputs) : workspace.Take(tokens, attention.Query.Outputs);
        _key = workspace.Take(tokens, attention.Heads * attention.HeadSize);
        _value = workspace.Take(tokens, attention.Heads * attention.ValueSize);
        _output = workspace.Take(tokens, attention.Heads * attention.ValueSize);
        _logSumExp = workspace.Take(tokens, attention.Heads);
    }

    private int LatentColumns => _attention.KeyValue.Inputs;

    /// <inheritdoc />
    public override void Forward(Pass<T> pass, Matrix<T> x, Matrix<T>? y)
    {
        Linear.Forward(pass, _attention.First, x, _first);
        if (_attention.QueryNorm is { } norm)
        {
            using var scope = pass.Workspace.Begin();
            Linear.Forward(pass, [_attention.Query], Normed(pass, norm, QueryLatent(_first)), _query);
        }

        KeysAndValues(pass);
        Positions.Turn(pass, _attention.Rotary, inverse: false, TurnedQuery(_query));
        Positions.Scale(pass, _attention.QueryScale, _query);
        pass.Device.Attend(_attention.Shape, pass.Segments, Heads(_query), Heads(_key), Heads(_value), Heads(_output), _logSumExp);
        if (y is { } output)
            Linear.Forward(pass, [_attention.Output], _output, output);
    }

    /// <inheritdoc />
    public override long ForwardScratch(PlannedPass pass, bool output) => Math.Max(QueryScratch(pass), KeyValueScratch(pass));

    /// <inheritdoc />
    public override void Backward(Pass<T> pass, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx)
    {
        using var scope = pass.Workspace.Begin();
        var dOutput = scope.Take(_output.Rows, _output.Columns);
        Linear.Backward(pass, [_attention.Output], pass.Segments, _output, dy, dOutput);

        var dFirst = scope.Take(_first.Rows, _first.Columns);
        var dQuery = _attention.QueryDown is null ? dFirst.ColumnRange(0, _query.Columns) : scope.Take(_query.Rows, _query.Columns);
        var (dKey, dValue) = (scope.Take(_key.Rows, _key.Columns), scope.Take(_value.Rows, _value.Columns));
        pass.Device.AttendBackward(
            _attention.Shape, pass.Segments, Heads(_query), Heads(_key), Heads(_value), Heads(_output), _logSumExp, Heads(dOutput), Heads(dQuery), Heads(dKey), Heads(dValue));
        Positions.Scale(pass, _attention.QueryScale, dQuery);
        Positions.Turn(pass, _attention.Rotary, inverse: true, TurnedQuery(dQuery));

        KeysAndValuesBackward(pass, dKey, dValue, dFirst);
        if (_attention.QueryNorm is { } norm)
        {
            using var inner = pass.Workspace.Begin();
            var dLatent = QueryLatent(dFirst);
            Linear.Backward(pass, [_attention.Query], pass.Segments, Normed(pass, norm, QueryLatent(_first)), dQuery, dLatent);
            Norm.Backward(pass, norm, QueryLatent(_first), dLatent, dLatent, accumulate: false);
        }

        Linear.Backward(pass, _attention.First, pass.Segments, x, dFirst, dx);
    }

    /// <inheritdoc />
    public override long BackwardScratch(PlannedPass pass) =>
        2 * Elements(pass, _output) + Elements(pass, _first) + (_attention.QueryDown is null ? 0 : Elements(pass, _query)) + Elements(pass, _key)
        + Math.Max(QueryScratch(pass), KeyValueScratch(pass));

    private void KeysAndValues(Pass<T> pass)
    {
        using var scope = pass.Workspace.Begin();
        var normed = Normed(pass, _attention.KeyValueNorm, Latent(_first));
        var keyValue = scope.Take(_first.Rows, _attention.KeyValue.Outputs);
        Linear.Forward(pass, [_attention.KeyValue], normed, keyValue);
        pass.Device.Copy(PlainOf(keyValue), PlainOf(_key));
        pass.Device.Copy(ValueOf(keyValue), _value.SplitRows(_attention.Heads));

        var shared = SharedKey(_first);
        Positions.Turn(pass, _attention.Rotary, inverse: false, new Heads<T>(shared, 1, shared.Columns, shared.Columns));
        for (var head = 0; head < _attention.Heads; head++)
            pass.Device.Copy(shared, TurnedKey(_key, head));
    }

    private void KeysAndValuesBackward(Pass<T> pass, Matrix<T> dKey, Matrix<T> dValue, Matrix<T> dFirst)
    {
        var dShared = SharedKey(dFirst);
        pass.Device.Copy(TurnedKey(dKey, 0), dShared);
        for (var head = 1; head < _attention.Heads; head++)
            pass.Device.Add(TurnedKey(dKey, head), dShared);
        Positions.Turn(pass, _attention.Rotary, inverse: true, new Heads<T>(dShared, 1, dShared.Columns, dShared.Columns));

        using var scope = pass.Workspace.Begin();
        var normed = Normed(pass, _attention.KeyValueNorm, Latent(_first));
        var dKeyValue = scope.Take(_first.Rows, _attention.KeyValue.Outputs);
        pass.Device.Copy(PlainOf(dKey), PlainOf(dKeyValue));
        pass.Device.Copy(dValue.SplitRows(_attention.Heads), ValueOf(dKeyValue));
        var dLatent = Latent(dFirst);
        Linear.Backward(pass, [_attention.KeyValue], pass.Segments, normed, dKeyValue, dLatent);
        Norm.Backward(pass, _attention.KeyValueNorm, Latent(_first), dLatent, dLatent, accumulate: false);
    }

    private long QueryScratch(PlannedPass pass) => _attention.QueryDown is { } down ? Workspace<T>.Elements(pass.Tokens, down.Outputs) : 0;

    private long KeyValueScratch(PlannedPass pass) => Workspace<T>.Elements(pass.Tokens, LatentColumns) + Workspace<T>.Elements(pass.Tokens, _attention.KeyValue.Outputs);

    private static long Elements(PlannedPass pass, Matrix<T> like) => Workspace<T>.Elements(pass.Tokens, like.Columns);

    private static Matrix<T> Normed(Pass<T> pass, NormSpecification norm, Matrix<T> latent)
    {
        var normed = pass.Workspace.Take(latent.Rows, latent.Columns);
        Norm.Forward(pass, norm, latent, normed);
        return normed;
    }

    private Matrix<T> QueryLatent(Matrix<T> first) => first.ColumnRange(0, _attention.First[0].Outputs);

    private Matrix<T> Latent(Matrix<T> first) => first.ColumnRange(_attention.First[0].Outputs, LatentColumns);

    private Matrix<T> SharedKey(Matrix<T> first) => first.ColumnRange(first.Columns - _attention.RotarySize, _attention.RotarySize);

    private Heads<T> Heads(Matrix<T> matrix) => new(matrix, _attention.Heads, matrix.Columns / _attention.Heads, matrix.Columns / _attention.Heads);

    /// <summary>The columns of all queries that are turned.</summary>
    private Heads<T> TurnedQuery(Matrix<T> query) =>
        new(query.ColumnRange(_attention.PlainSize, query.Columns - _attention.PlainSize), _attention.Heads, _attention.RotarySize, _attention.HeadSize);

    private Matrix<T> TurnedKey(Matrix<T> key, int head) => key.ColumnRange((head * _attention.HeadSize) + _attention.PlainSize, _attention.RotarySize);

    /// <summary>The columns of all keys that are not turned, a row for each token and head.</summary>
    private Matrix<T> PlainOf(Matrix<T> keys) => keys.SplitRows(_attention.Heads).ColumnRange(0, _attention.PlainSize);

    /// <summary>The values behind them.</summary>
    private Matrix<T> ValueOf(Matrix<T> keyValue) => keyValue.SplitRows(_attention.Heads).ColumnRange(_attention.PlainSize, _attention.ValueSize);
}
