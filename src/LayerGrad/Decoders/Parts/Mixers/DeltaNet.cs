using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// Gated DeltaNet:
/// <code>
/// [m | z | b | a] = x Wᵀ,   [q | k | v] = act(conv(m)),   q' = q / (√(|q|² + 10⁻⁶) √d),   k' = k / √(|k|² + 10⁻⁶)   head by head, d the columns of a key
/// o = delta rule(q', k', v, logDecay(a), σ(b)),   y = (norm(o) · silu(z)) Oᵀ
/// </code>
/// The backward walks the same steps from the last to the first. Kept are what the projections give, the rule's output and its states; what the
/// convolution, activations and norms give is computed again.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class DeltaNet<T> : Mixer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Added to the squared length of queries and keys, in every family.</summary>
    private const double LengthEpsilon = 1e-6;

    private readonly DeltaNetSpecification _mixer;

    /// <summary>What the projections give: queries, keys and values before the convolution, gates, rates and decays.</summary>
    private readonly Matrix<T> _projected;

    /// <summary>The rule's output, tokens x (value heads · value size).</summary>
    private readonly Matrix<T> _output;

    /// <summary>The rule's states.</summary>
    private readonly Matrix<T> _states;

    /// <summary>Room for a batch.</summary>
    /// <param name="mixer">The settings.</param>
    /// <param name="workspace">Where what is kept goes.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public DeltaNet(DeltaNetSpecification mixer, Workspace<T> workspace, int tokens)
    {
        _mixer = mixer;
        _projected = workspace.Take(tokens, mixer.MixedColumns + mixer.ValueColumns + 2 * mixer.ValueHeads);
        _output = workspace.Take(tokens, mixer.ValueColumns);
        _states = workspace.Take(DeltaShape.StateRows(tokens), DeltaShape.StateColumns(mixer.ValueHeads, mixer.KeySize, mixer.ValueSize));
    }

    /// <inheritdoc />
    public override void Forward(Pass<T> pass, Matrix<T> x, Matrix<T>? y)
    {
        Project(pass, x);
        using (pass.Workspace.Begin())
        {
            var mixed = Mix(pass);
            pass.Device.DeltaRule(
                pass.Segments, Keys(mixed.Keys, 0), Keys(mixed.Keys, 1), Values(Value(mixed.Activated)), Part(mixed.Gates, 1), Part(mixed.Gates, 0), Values(_output), _states);
        }

        if (y is not { } output)
            return;
        using var scope = pass.Workspace.Begin();
        var gated = scope.Take(_output.Rows, _output.Columns);
        Gate(pass, scope.Take(_output.Rows, _output.Columns), gated);
        Linear.Forward(pass, [_mixer.Output], gated, output);
    }

    /// <inheritdoc />
    public override long ForwardScratch(PlannedPass pass, bool output) =>
        Math.Max(Math.Max(RawScratch(pass), MixScratch(pass)), output ? 2 * Elements(pass, _output.Columns) : 0);

    /// <inheritdoc />
    public override void Backward(Pass<T> pass, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx)
    {
        using var scope = pass.Workspace.Begin();
        var dProjected = scope.Take(_projected.Rows, _projected.Columns);
        using (pass.Workspace.Begin())
            MixBackward(pass, dy, dProjected);
        if (!_mixer.GroupedByKeyHead)
        {
            Linear.Backward(pass, _mixer.Projections, pass.Segments, x, dProjected, dx);
            return;
        }

        var raw = scope.Take(_projected.Rows, _projected.Columns);
        foreach (var (grouped, apart) in Groups(raw, dProjected))
            pass.Device.Copy(apart, grouped);
        Linear.Backward(pass, _mixer.Projections, pass.Segments, x, raw, dx);
    }

    /// <inheritdoc />
    public override long BackwardScratch(PlannedPass pass) =>
        Elements(pass, _projected.Columns)
        + Math.Max(RawScratch(pass), MixScratch(pass) + Elements(pass, _mixer.MixedColumns) + Elements(pass, 2 * _mixer.ValueHeads) + (3 * Elements(pass, _output.Columns)));

    private void Project(Pass<T> pass, Matrix<T> x)
    {
        if (!_mixer.GroupedByKeyHead)
        {
            Linear.Forward(pass, _mixer.Projections, x, _projected);
            return;
        }

        using var scope = pass.Workspace.Begin();
        var raw = scope.Take(_projected.Rows, _projected.Columns);
        Linear.Forward(pass, _mixer.Projections, x, raw);
        foreach (var (grouped, apart) in Groups(raw, _projected))
            pass.Device.Copy(grouped, apart);
    }

    /// <summary>What goes into the rule, in memory of the pass.</summary>
    private Mixed Mix(Pass<T> pass)
    {
        var (tokens, device) = (_projected.Rows, pass.Device);
        var convolved = pass.Workspace.Take(tokens, _mixer.MixedColumns);
        var activated = pass.Workspace.Take(tokens, _mixer.MixedColumns);
        var keys = pass.Workspace.Take(tokens, 2 * _mixer.KeyColumns);
        var gates = pass.Workspace.Take(tokens, 2 * _mixer.ValueHeads);
        device.Convolve(pass.Segments, MixedOf(_projected), pass.Weights[_mixer.Taps], null, convolved);
        device.Activate(_mixer.Activation, convolved, null, activated);
        device.Normalize(Lengths, QueryAndKey(activated), null, null, keys);
        Scale(pass, keys);
        device.Activate(Activation.Sigmoid, Rates(_projected), null, Part(gates, 0));
        device.LogDecay(Decays(_projected), pass.Weights[_mixer.LogRate], pass.Weights[_mixer.DecayBias], Part(gates, 1));
        return new Mixed(convolved, activated, keys, gates);
    }

    private void MixBackward(Pass<T> pass, Matrix<T> dy, Matrix<T> dProjected)
    {
        var (workspace, device) = (pass.Workspace, pass.Device);
        var mixed = Mix(pass);
        var (dMixed, dGates) = (workspace.Take(_projected.Rows, _mixer.MixedColumns), workspace.Take(_projected.Rows, 2 * _mixer.ValueHeads));
        var (normed, gated, dGated) = (
            workspace.Take(_output.Rows, _output.Columns), workspace.Take(_output.Rows, _output.Columns), workspace.Take(_output.Rows, _output.Columns));
        Gate(pass, normed, gated);
        Linear.Backward(pass, [_mixer.Output], pass.Segments, gated, dy, dGated);
        device.ActivateBackward(Activation.Silu, Gates(_projected), normed, dGated, Gates(dProjected), normed);
        Norm.Backward(pass, _mixer.Norm, _output, normed, normed, accumulate: false, _mixer.ValueSize);

        device.DeltaRuleBackward(
            pass.Segments, Keys(mixed.Keys, 0), Keys(mixed.Keys, 1), Values(Value(mixed.Activated)), Part(mixed.Gates, 1), Part(mixed.Gates, 0), _states,
            Values(normed), Keys(QueryAndKey(dMixed), 0), Keys(QueryAndKey(dMixed), 1), Values(Value(dMixed)), Part(dGates, 1), Part(dGates, 0));
        device.ActivateBackward(Activation.Sigmoid, Rates(_projected), null, Part(dGates, 0), Rates(dProjected), null);
        device.LogDecayBackward(
            Decays(_projected), pass.Weights[_mixer.LogRate], pass.Weights[_mixer.DecayBias], Part(dGates, 1), Decays(dProjected),
            pass.Accumulator(_mixer.LogRate), pass.Accumulator(_mixer.DecayBias));

        Scale(pass, QueryAndKey(dMixed));
        device.NormalizeBackward(Lengths, QueryAndKey(mixed.Activated), null, QueryAndKey(dMixed), QueryAndKey(dMixed), accumulate: false, null, null);
        device.ActivateBackward(_mixer.Activation, mixed.Convolved, null, dMixed, mixed.Convolved, null);
        device.ConvolveBackward(
            pass.Segments, MixedOf(_projected), pass.Weights[_mixer.Taps], mixed.Convolved, MixedOf(dProjected), pass.Accumulator(_mixer.Taps), null);
    }

    /// <summary>gated = norm(o) · silu(z).</summary>
    private void Gate(Pass<T> pass, Matrix<T> normed, Matrix<T> gated)
    {
        Norm.Forward(pass, _mixer.Norm, _output, normed, _mixer.ValueSize);
        pass.Device.Activate(Activation.Silu, Gates(_projected), normed, gated);
    }

    /// <summary>The root mean square norm gives √d times what has the length 1.</summary>
    private NormShape Lengths => new(NormKind.Rms, 2 * _mixer.KeyHeads, _mixer.KeySize, _mixer.KeySize, LengthEpsilon / _mixer.KeySize, false, false);

    private void Scale(Pass<T> pass, Matrix<T> queryAndKey)
    {
        pass.Device.Scale(queryAndKey.ColumnRange(0, _mixer.KeyColumns), 1.0 / _mixer.KeySize);
        pass.Device.Scale(queryAndKey.ColumnRange(_mixer.KeyColumns, _mixer.KeyColumns), 1 / Math.Sqrt(_mixer.KeySize));
    }

    /// <summary>The columns that belong to each other where outputs are grouped by key head and where they are not.</summary>
    private IEnumerable<(Matrix<T> Grouped, Matrix<T> Apart)> Groups(Matrix<T> raw, Matrix<T> apart)
    {
        var (perKey, key) = (_mixer.ValueHeads / _mixer.KeyHeads, _mixer.KeySize);
        var value = perKey * _mixer.ValueSize;
        (int Size, Matrix<T> Apart)[] first = [(key, Query(apart)), (key, Key(apart)), (value, Value(apart)), (value, Gates(apart))];
        (int Size, Matrix<T> Apart)[] second = [(perKey, Rates(apart)), (perKey, Decays(apart))];
        var column = 0;
        foreach (var parts in new[] { first, second })
        {
            for (var head = 0; head < _mixer.KeyHeads; head++)
            {
                foreach (var (size, part) in parts)
                {
                    yield return (raw.ColumnRange(column, size), part.ColumnRange(head * size, size));
                    column += size;
                }
            }
        }
    }

    private long RawScratch(PlannedPass pass) => _mixer.GroupedByKeyHead ? Elements(pass, _projected.Columns) : 0;

    private long MixScratch(PlannedPass pass) => (2 * Elements(pass, _mixer.MixedColumns)) + Elements(pass, 2 * _mixer.KeyColumns) + Elements(pass, 2 * _mixer.ValueHeads);

    private static long Elements(PlannedPass pass, int columns) => Workspace<T>.Elements(pass.Tokens, columns);

    private Matrix<T> MixedOf(Matrix<T> projected) => projected.ColumnRange(0, _mixer.MixedColumns);

    private Matrix<T> QueryAndKey(Matrix<T> mixed) => mixed.ColumnRange(0, 2 * _mixer.KeyColumns);

    private Matrix<T> Query(Matrix<T> mixed) => mixed.ColumnRange(0, _mixer.KeyColumns);

    private Matrix<T> Key(Matrix<T> mixed) => mixed.ColumnRange(_mixer.KeyColumns, _mixer.KeyColumns);

    private Matrix<T> Value(Matrix<T> mixed) => mixed.ColumnRange(2 * _mixer.KeyColumns, _mixer.ValueColumns);

    private Matrix<T> Gates(Matrix<T> projected) => projected.ColumnRange(_mixer.MixedColumns, _mixer.ValueColumns);

    private Matrix<T> Rates(Matrix<T> projected) => projected.ColumnRange(_mixer.MixedColumns + _mixer.ValueColumns, _mixer.ValueHeads);

    private Matrix<T> Decays(Matrix<T> projected) => projected.ColumnRange(_mixer.MixedColumns + _mixer.ValueColumns + _mixer.ValueHeads, _mixer.ValueHeads);

    /// <summary>The rates (0) or the decays (1).</summary>
    private Matrix<T> Part(Matrix<T> gates, int place) => gates.ColumnRange(place * _mixer.ValueHeads, _mixer.ValueHeads);

    /// <summary>The heads of the queries (0) or of the keys (1).</summary>
    private Heads<T> Keys(Matrix<T> queryAndKey, int place) =>
        new(queryAndKey.ColumnRange(place * _mixer.KeyColumns, _mixer.KeyColumns), _mixer.KeyHeads, _mixer.KeySize, _mixer.KeySize);

    private Heads<T> Values(Matrix<T> values) => new(values, _mixer.ValueHeads, _mixer.ValueSize, _mixer.ValueSize);

    /// <summary>What goes into the rule.</summary>
    /// <param name="Convolved">Queries, keys and values behind the convolution.</param>
    /// <param name="Activated">The same behind the activation; the values are what the rule takes.</param>
    /// <param name="Keys">Queries and keys as the rule takes them.</param>
    /// <param name="Gates">The rates and the logarithms of the decays.</param>
    private readonly record struct Mixed(Matrix<T> Convolved, Matrix<T> Activated, Matrix<T> Keys, Matrix<T> Gates);
}
