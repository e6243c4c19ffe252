using System.Numerics.Tensors;
using LayerGrad.Compute;

namespace LayerGrad.Bench;

/// <summary>Routes in float32 alone, which LayerGrad does not take: their error grows with the number of values.</summary>
internal sealed unsafe class SinglePrecision(float[] x, float[] delta, int n, int outFeatures, int inFeatures) : IDisposable
{
    private readonly IMatrixProduct<float> _product = Gemm<float>.CreateProduct(new MemoryCounter());
    private readonly NativeBuffer<float> _input = new(new MemoryCounter());
    private readonly NativeBuffer<float> _delta = new(new MemoryCounter());
    private readonly NativeBuffer<float> _core = new(new MemoryCounter());
    private readonly NativeBuffer<float> _iterate = new(new MemoryCounter());
    private readonly NativeBuffer<float> _gram = new(new MemoryCounter());
    private readonly NativeBuffer<float> _work = new(new MemoryCounter());

    /// <summary>QR factorizations of both factors and the singular values of the product of their triangular factors.</summary>
    public double SingularValues(double[] values)
    {
        var (rows, columns) = Core();
        var found = stackalloc float[Math.Min(rows, columns)];
        Lapack.SingularValues(rows, columns, _core.Pointer, found, _work);
        for (var i = 0; i < values.Length; i++)
            values[i] = found[i];
        return values.Length;
    }

    /// <summary>The nuclear norm as tr(Uᵀ M) with U the orthogonal polar factor of M, by the Newton-Schulz iteration U ← U (3 - Uᵀ U) / 2, 40 times at most.</summary>
    public double NuclearNormByIteration()
    {
        var (rows, columns) = Core();
        var core = new Span<float>(_core.Pointer, rows * columns);
        var order = Math.Min(rows, columns);
        var transposed = columns < rows;
        float* u = _iterate.Reserve(2L * rows * columns), next = u + (rows * columns), gram = _gram.Reserve((long)order * order);
        TensorPrimitives.Divide(core, TensorPrimitives.Norm<float>(core), new Span<float>(u, rows * columns));
        var before = 0f;
        for (var i = 0; i < 40; i++)
        {
            if (transposed)
            {
                _product.Multiply(true, false, order, order, rows, 1, u, columns, u, columns, 0, gram, order);
                Combine(gram, order);
                _product.Multiply(false, false, rows, columns, order, 1, u, columns, gram, order, 0, next, columns);
            }
            else
            {
                _product.Multiply(false, true, order, order, columns, 1, u, columns, u, columns, 0, gram, order);
                Combine(gram, order);
                _product.Multiply(false, false, rows, columns, order, 1, gram, order, u, columns, 0, next, columns);
            }

            var swapped = u;
            u = next;
            next = swapped;
            var norm = TensorPrimitives.Dot(new ReadOnlySpan<float>(u, rows * columns), core);
            if (Math.Abs(norm - before) < 1e-6f * norm)
                break;
            before = norm;
        }

        return TensorPrimitives.Dot(new ReadOnlySpan<float>(u, rows * columns), core);
    }

    public void Dispose()
    {
        foreach (var buffer in (NativeBuffer<float>[])[_input, _delta, _core, _iterate, _gram, _work])
            buffer.Dispose();
        _product.Dispose();
    }

    private static void Combine(float* gram, int order)
    {
        var all = new Span<float>(gram, order * order);
        TensorPrimitives.Multiply(all, -0.5f, all);
        for (var i = 0; i < order; i++)
            gram[(i * order) + i] += 1.5f;
    }

    private (int Rows, int Columns) Core()
    {
        var columns = Reduce(x, inFeatures, _input);
        var rows = Reduce(delta, outFeatures, _delta);
        _product.Multiply(true, false, rows, columns, n, 1, _delta.Pointer, rows, _input.Pointer, columns, 0, _core.Reserve((long)rows * columns), columns);
        return (rows, columns);
    }

    private int Reduce(float[] factor, int features, NativeBuffer<float> buffer)
    {
        var to = buffer.Reserve(factor.Length);
        factor.CopyTo(new Span<float>(to, factor.Length));
        if (features <= n)
            return features;
        Lapack.LowerFactor(n, features, to, _work);
        for (var i = 0; i < n; i++)
        {
            var row = new Span<float>(to + ((long)i * n), n);
            new ReadOnlySpan<float>(to + ((long)i * features), i + 1).CopyTo(row);
            row[(i + 1)..].Clear();
        }

        return n;
    }
}
