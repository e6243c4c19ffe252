using System.Numerics.Tensors;

namespace LayerGrad.Compute;

/// <summary>
/// Inner products of the rows of a matrix in double precision. A float32 sum would lose singular values below about 3e-4 of the largest one,
/// whose squares these are.
/// </summary>
internal static unsafe class GramMatrix
{
    /// <summary>Columns converted to double at a time: what the product reads then still lies in the cache.</summary>
    internal const int Chunk = 256;

    /// <summary>K = X Xᵀ, both triangles, summed in double precision.</summary>
    /// <param name="n">Rows of X.</param>
    /// <param name="k">Columns of X.</param>
    /// <param name="x">X, float or double.</param>
    /// <param name="ldx">Elements from one row of X to the next.</param>
    /// <param name="gram">K, n × n.</param>
    /// <param name="ldk">Elements from one row of K to the next.</param>
    /// <param name="product">What multiplies.</param>
    /// <param name="chunk">Work space.</param>
    public static void Compute<T>(int n, int k, T* x, int ldx, double* gram, int ldk, IMatrixProduct<double> product, NativeBuffer<double> chunk)
        where T : unmanaged
    {
        if (typeof(T) == typeof(double))
            product.SymmetricRank(trans: false, n, k, 1, (double*)x, ldx, 0, gram, ldk);
        else
            LowerTriangle(product, chunk, n, k, (float*)x, ldx, order: null, scale: null, gram, ldk);
        Symmetric.MirrorLower(n, gram, ldk);
    }

    /// <summary>
    /// The lower triangle of the inner products of the rows x[order[i]] · scale[order[i]], in that order.
    /// </summary>
    internal static void LowerTriangle<T>(IMatrixProduct<double> product, NativeBuffer<double> chunk, int n, int k, T* x, int ldx, int* order, double* scale, double* gram, int ldk)
        where T : unmanaged
    {
        var wide = chunk.Reserve((long)n * Chunk);
        for (var first = 0; first < k; first += Chunk)
        {
            var width = Math.Min(Chunk, k - first);
            for (var i = 0; i < n; i++)
            {
                var row = order is null ? i : order[i];
                var target = new Span<double>(wide + ((long)i * width), width);
                Widen(x + ((long)row * ldx) + first, target);
                if (scale is not null)
                    TensorPrimitives.Multiply(target, scale[row], target);
            }

            product.SymmetricRank(trans: false, n, width, 1, wide, width, first == 0 ? 0 : 1, gram, ldk);
        }
    }

    /// <summary>Converts float or double to double.</summary>
    internal static void Widen<T>(T* from, Span<double> to)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
            TensorPrimitives.ConvertTruncating(new ReadOnlySpan<float>(from, to.Length), to);
        else
            new ReadOnlySpan<double>(from, to.Length).CopyTo(to);
    }
}
