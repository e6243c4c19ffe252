using System.Numerics;
using System.Numerics.Tensors;

namespace LayerGrad.Compute.Cpu;

/// <summary>
/// A chunk of tokens of the gated delta rule, all of them at once (Yang et al. 2024, arXiv 2406.06484 and 2412.06464). Within a chunk that begins with the
/// state S, with γ the running sum of the log decays, E = exp(γₜ − γⱼ) for j ≤ t, e = exp(γ), l = exp(γ_last − γ), and products taken by rows:
/// <code>
/// Aₜⱼ = βₜ Eₜⱼ (kₜ·kⱼ) for j &lt; t,   Pₜⱼ = Eₜⱼ (qₜ·kⱼ) for j ≤ t
/// M = V − e∘(K S),   (I + A) U = β∘M,   O = e∘(Q S) + P U,   S' = e_last S + (l∘K)ᵀ U
/// </code>
/// and backward, with D = dO and S̄ the gradient of S':
/// <code>
/// dU = Pᵀ D + (l∘K) S̄,   (I + A)ᵀ dR = dU,   dV = β∘dR,   dβ = dR·M + Σⱼ Yₜⱼ (kₜ·kⱼ),   Y = −E∘(dR Uᵀ) for j &lt; t
/// G = E∘(D Uᵀ),   dQ = G K + e∘(D Sᵀ),   dK = Gᵀ Q + (Z + Zᵀ) K − e∘(dV Sᵀ) + l∘(U S̄ᵀ),   Z = β∘Y
/// dS = e_last S̄ + (e∘Q)ᵀ D − (e∘K)ᵀ dV,   dγ by what each factor of E, e and l multiplies,   dg = the sum of dγ from there on
/// </code>
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal readonly unsafe struct DeltaChunk<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const int Most = DeltaShape.ChunkTokens;

    private readonly IMatrixProduct<T> _product;
    private readonly int _keySize;
    private readonly int _valueSize;

    private readonly T* _decay;
    private readonly T* _keys;
    private readonly T* _scores;
    private readonly T* _square;
    private readonly T* _update;
    private readonly T* _target;
    private readonly T* _gradient;
    private readonly T* _wide;
    private readonly T* _first;
    private readonly T* _last;

    /// <summary>γ, and then dγ: in float64, since both are differences of what may be much larger than they are.</summary>
    private readonly double* _sums;

    /// <summary>Over memory of <see cref="Elements"/> elements.</summary>
    /// <param name="memory">The memory.</param>
    /// <param name="product">What multiplies.</param>
    /// <param name="keySize">The columns of a key.</param>
    /// <param name="valueSize">The columns of a value.</param>
    public DeltaChunk(T* memory, IMatrixProduct<T> product, int keySize, int valueSize)
    {
        (_product, _keySize, _valueSize) = (product, keySize, valueSize);
        _sums = (double*)memory;
        State = memory + (2 * Most);
        var next = State + ((long)keySize * valueSize);
        _decay = next;
        _keys = next += Most * Most;
        _scores = next += Most * Most;
        _square = next += Most * Most;
        _update = next += Most * Most;
        _target = next += (long)Most * valueSize;
        _gradient = next += (long)Most * valueSize;
        _wide = next += (long)Most * valueSize;
        _first = next += (long)Most * keySize;
        _last = next + Most;
    }

    /// <summary>The state, or its gradient: key size x value size.</summary>
    public T* State { get; }

    /// <summary>The elements of a state.</summary>
    public long StateElements => (long)_keySize * _valueSize;

    /// <summary>The elements that a chunk takes.</summary>
    /// <param name="keySize">The columns of a key.</param>
    /// <param name="valueSize">The columns of a value.</param>
    public static long Elements(int keySize, int valueSize) => ((long)keySize * valueSize) + (4 * Most * Most) + ((3L * valueSize + keySize) * Most) + (4 * Most);

    /// <summary>Computes U, and what else follows from the chunk's input.</summary>
    /// <param name="rows">The chunk's tokens.</param>
    /// <param name="state">S, or null where the example begins.</param>
    public void Solve(in DeltaRows<T> rows, T* state)
    {
        var n = rows.Count;
        Decays(rows.LogDecay, n);
        Multiply(false, true, n, n, _keySize, rows.Key, rows.Key, _keys, n);
        Multiply(false, true, n, n, _keySize, rows.Query, rows.Key, _scores, n);
        TensorPrimitives.Multiply(Square(_scores, n), Square(_decay, n), Square(_scores, n));
        if (state is not null)
            Multiply(false, false, n, _valueSize, _keySize, rows.Key.Pointer(), rows.Key.Stride, state, _valueSize, T.Zero, _target, _valueSize);
        for (var t = 0; t < n; t++)
        {
            var target = Row(_target, t, _valueSize);
            var update = Row(_update, t, _valueSize);
            if (state is null)
                rows.Value.Row(t).CopyTo(target);
            else
                TensorPrimitives.MultiplyAdd(target, -_first[t], rows.Value.Row(t), target);
            target.CopyTo(update);
            for (var j = 0; j < t; j++)
                TensorPrimitives.MultiplyAdd(Row(_update, j, _valueSize), -(_decay[(t * n) + j] * _keys[(t * n) + j]), update, update);
            TensorPrimitives.Multiply(update, rows.Rate.Row(t)[0], update);
        }
    }

    /// <summary>O; after <see cref="Solve"/>.</summary>
    public void Output(in DeltaRows<T> rows, T* state, Matrix<T> output)
    {
        var n = rows.Count;
        if (state is not null)
        {
            Multiply(false, false, n, _valueSize, _keySize, rows.Query.Pointer(), rows.Query.Stride, state, _valueSize, T.Zero, output.Pointer(), output.Stride);
            for (var t = 0; t < n; t++)
                TensorPrimitives.Multiply(output.Row(t), _first[t], output.Row(t));
        }

        Multiply(false, false, n, _valueSize, n, _scores, n, _update, _valueSize, state is null ? T.Zero : T.One, output.Pointer(), output.Stride);
    }

    /// <summary>S becomes S', in place; after <see cref="Solve"/>.</summary>
    /// <param name="rows">The chunk's tokens.</param>
    /// <param name="state">S.</param>
    /// <param name="isFirst">Whether S is zero, whatever the memory holds.</param>
    public void Advance(in DeltaRows<T> rows, T* state, bool isFirst)
    {
        var n = rows.Count;
        Scaled(rows.Key, _last, n);
        if (!isFirst)
            TensorPrimitives.Multiply(StateOf(state), _first[n - 1], StateOf(state));
        Multiply(true, false, _keySize, _valueSize, n, _wide, _keySize, _update, _valueSize, isFirst ? T.Zero : T.One, state, _valueSize);
    }

    /// <summary>Adds to the gradients of queries and keys, overwrites those of the others, and turns the gradient of S' into that of S; after <see cref="Solve"/>.</summary>
    /// <param name="rows">The chunk's tokens.</param>
    /// <param name="state">S, or null where the example begins.</param>
    /// <param name="dOutput">D.</param>
    /// <param name="dState">S̄, and then the gradient of S.</param>
    /// <param name="gradients">The gradients, as the tokens' values.</param>
    public void Backward(in DeltaRows<T> rows, T* state, Matrix<T> dOutput, T* dState, in DeltaRows<T> gradients)
    {
        var n = rows.Count;
        new Span<double>(_sums, n).Clear();
        Multiply(true, false, n, _valueSize, n, _scores, n, dOutput.Pointer(), dOutput.Stride, T.Zero, _gradient, _valueSize);
        Scaled(rows.Key, _last, n);
        Multiply(false, false, n, _valueSize, _keySize, _wide, _keySize, dState, _valueSize, T.One, _gradient, _valueSize);

        ScoresBackward(rows, dOutput, gradients);
        AdvanceBackward(rows, state, dState, gradients);
        SolveBackward(rows, gradients);
        if (state is not null)
            StateBackward(rows, state, dOutput, dState, gradients);

        var sum = 0.0;
        for (var t = n - 1; t >= 0; t--)
            gradients.LogDecay.Row(t)[0] = T.CreateTruncating(sum += _sums[t]);
    }

    /// <summary>What goes through P.</summary>
    private void ScoresBackward(in DeltaRows<T> rows, Matrix<T> dOutput, in DeltaRows<T> gradients)
    {
        var n = rows.Count;
        Multiply(false, true, n, n, _valueSize, dOutput.Pointer(), dOutput.Stride, _update, _valueSize, T.Zero, _square, n);
        AddToSums(_square, _scores, n);
        TensorPrimitives.Multiply(Square(_square, n), Square(_decay, n), Square(_square, n));
        Multiply(false, false, n, _keySize, n, _square, n, rows.Key.Pointer(), rows.Key.Stride, T.One, gradients.Query.Pointer(), gradients.Query.Stride);
        Multiply(true, false, n, _keySize, n, _square, n, rows.Query.Pointer(), rows.Query.Stride, T.One, gradients.Key.Pointer(), gradients.Key.Stride);
    }

    /// <summary>What goes through S', but for S itself.</summary>
    private void AdvanceBackward(in DeltaRows<T> rows, T* state, T* dState, in DeltaRows<T> gradients)
    {
        var n = rows.Count;
        if (state is not null)
            _sums[n - 1] += double.CreateTruncating(_first[n - 1] * TensorPrimitives.Dot<T>(StateOf(dState), StateOf(state)));
        Multiply(false, true, n, _keySize, _valueSize, _update, _valueSize, dState, _valueSize, T.Zero, _wide, _keySize);
        for (var t = 0; t < n; t++)
        {
            var dKey = Row(_wide, t, _keySize);
            TensorPrimitives.Multiply(dKey, _last[t], dKey);
            var dot = double.CreateTruncating(TensorPrimitives.Dot<T>(dKey, rows.Key.Row(t)));
            _sums[n - 1] += dot;
            _sums[t] -= dot;
            TensorPrimitives.Add(gradients.Key.Row(t), dKey, gradients.Key.Row(t));
        }
    }

    /// <summary>What goes through the system of equations: dU becomes dR, and then dV.</summary>
    private void SolveBackward(in DeltaRows<T> rows, in DeltaRows<T> gradients)
    {
        var n = rows.Count;
        for (var t = n - 1; t > 0; t--)
        {
            for (var j = 0; j < t; j++)
            {
                var factor = -(rows.Rate.Row(t)[0] * _decay[(t * n) + j] * _keys[(t * n) + j]);
                TensorPrimitives.MultiplyAdd(Row(_gradient, t, _valueSize), factor, Row(_gradient, j, _valueSize), Row(_gradient, j, _valueSize));
            }
        }

        Multiply(false, true, n, n, _valueSize, _gradient, _valueSize, _update, _valueSize, T.Zero, _square, n);
        for (var t = 0; t < n; t++)
        {
            var y = Row(_square, t, n);
            var rate = rows.Rate.Row(t)[0];
            TensorPrimitives.Multiply(y[..t], Row(_decay, t, n)[..t], y[..t]);
            TensorPrimitives.Negate<T>(y[..t], y[..t]);
            y[t..].Clear();
            gradients.Rate.Row(t)[0] = TensorPrimitives.Dot<T>(Row(_gradient, t, _valueSize), Row(_target, t, _valueSize))
                + TensorPrimitives.Dot<T>(y[..t], Row(_keys, t, n)[..t]);
            TensorPrimitives.Multiply(y[..t], rate, y[..t]);
            TensorPrimitives.Multiply(Row(_gradient, t, _valueSize), rate, gradients.Value.Row(t));
        }

        AddToSums(_square, _keys, n);
        Multiply(false, false, n, _keySize, n, _square, n, rows.Key.Pointer(), rows.Key.Stride, T.One, gradients.Key.Pointer(), gradients.Key.Stride);
        Multiply(true, false, n, _keySize, n, _square, n, rows.Key.Pointer(), rows.Key.Stride, T.One, gradients.Key.Pointer(), gradients.Key.Stride);
    }

    /// <summary>What goes to and comes from S.</summary>
    private void StateBackward(in DeltaRows<T> rows, T* state, Matrix<T> dOutput, T* dState, in DeltaRows<T> gradients)
    {
        var n = rows.Count;
        ThroughState(dOutput, rows.Query, state, T.One, gradients.Query);
        ThroughState(gradients.Value, rows.Key, state, -T.One, gradients.Key);
        TensorPrimitives.Multiply(StateOf(dState), _first[n - 1], StateOf(dState));
        Scaled(rows.Query, _first, n);
        Multiply(true, false, _keySize, _valueSize, n, _wide, _keySize, dOutput.Pointer(), dOutput.Stride, T.One, dState, _valueSize);
        Scaled(rows.Key, _first, n);
        _product.Multiply(
            true, false, _keySize, _valueSize, n, -T.One, _wide, _keySize, gradients.Value.Pointer(), gradients.Value.Stride, T.One, dState, _valueSize);
    }

    /// <summary>gradient += sign · e∘(d Sᵀ), and dγ what it multiplies.</summary>
    private void ThroughState(Matrix<T> d, Matrix<T> values, T* state, T sign, Matrix<T> gradient)
    {
        Multiply(false, true, d.Rows, _keySize, _valueSize, d.Pointer(), d.Stride, state, _valueSize, T.Zero, _wide, _keySize);
        for (var t = 0; t < d.Rows; t++)
        {
            var part = Row(_wide, t, _keySize);
            TensorPrimitives.Multiply(part, sign * _first[t], part);
            _sums[t] += double.CreateTruncating(TensorPrimitives.Dot<T>(part, values.Row(t)));
            TensorPrimitives.Add(gradient.Row(t), part, gradient.Row(t));
        }
    }

    /// <summary>E, e and l.</summary>
    private void Decays(Matrix<T> logDecay, int n)
    {
        var sum = 0.0;
        for (var t = 0; t < n; t++)
        {
            _sums[t] = sum += double.CreateTruncating(logDecay.Row(t)[0]);
            var row = Row(_decay, t, n);
            for (var j = 0; j <= t; j++)
                row[j] = T.CreateTruncating(sum - _sums[j]);
            TensorPrimitives.Exp<T>(row[..(t + 1)], row[..(t + 1)]);
            row[(t + 1)..].Clear();
            _first[t] = T.Exp(T.CreateTruncating(sum));
        }

        Row(_decay, n - 1, n).CopyTo(new Span<T>(_last, n));
    }

    /// <summary>dγₜ += Σⱼ xₜⱼ and dγⱼ −= Σₜ xₜⱼ, with x = d∘values on and below the diagonal.</summary>
    private void AddToSums(T* d, T* values, int n)
    {
        for (var t = 0; t < n; t++)
        {
            var left = d + ((long)t * n);
            var right = values + ((long)t * n);
            for (var j = 0; j < t; j++)
            {
                var product = double.CreateTruncating(left[j]) * double.CreateTruncating(right[j]);
                _sums[t] += product;
                _sums[j] -= product;
            }
        }
    }

    /// <summary>The rows of keys or queries, each times its factor, in the wide room.</summary>
    private void Scaled(Matrix<T> rows, T* factors, int n)
    {
        for (var t = 0; t < n; t++)
            TensorPrimitives.Multiply(rows.Row(t), factors[t], Row(_wide, t, _keySize));
    }

    private Span<T> StateOf(T* state) => new(state, _keySize * _valueSize);

    private static Span<T> Square(T* matrix, int n) => new(matrix, n * n);

    private static Span<T> Row(T* matrix, int row, int columns) => new(matrix + ((long)row * columns), columns);

    private void Multiply(bool transA, bool transB, int m, int n, int k, Matrix<T> a, Matrix<T> b, T* c, int ldc) =>
        _product.Multiply(transA, transB, m, n, k, T.One, a.Pointer(), a.Stride, b.Pointer(), b.Stride, T.Zero, c, ldc);

    private void Multiply(bool transA, bool transB, int m, int n, int k, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc) =>
        _product.Multiply(transA, transB, m, n, k, T.One, a, lda, b, ldb, beta, c, ldc);
}
