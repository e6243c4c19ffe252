using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>
/// Matrix products on row-major matrices, by the BLAS library where there is one. The library runs in one thread; large products are divided over a <see cref="ThreadTeam"/> here,
/// into blocks of C that follow from the shape alone: libraries choose among kernels by shape, and so the number of threads changes no bit of a result.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal static unsafe class Gemm<T>
    where T : unmanaged, INumberBase<T>
{
    /// <summary>Cuts of C lie at multiples of this many rows or columns: a multiple of every kernel's tile.</summary>
    private const int Grain = 96;

    /// <summary>Blocks are not made smaller than this many multiplications: waking another thread and packing operands once more would cost more than it brings.</summary>
    private const double WorthDividing = 4_000_000;

    /// <summary>Blocks that a large product is divided into: a few for each core of a common machine.</summary>
    private const int Blocks = 32;

    /// <summary>What computes the products of this type.</summary>
    public static IMatrixProduct<T> Product { get; } = BlasLibrary.Available ? new BlasProduct<T>() : new ManagedProduct<T>();

    /// <summary>C = alpha op(A) op(B) + beta C, as <see cref="IMatrixProduct{T}.Multiply"/>, divided over the threads of a team; without a team in the calling thread.</summary>
    public static void Multiply(bool transA, bool transB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc, ThreadTeam? team) =>
        Multiply(Product, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, team);

    /// <summary>The same by a given implementation.</summary>
    internal static void Multiply(IMatrixProduct<T> product, bool transA, bool transB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc, ThreadTeam? team)
    {
        if (m <= 0 || n <= 0)
            return;
        if (team is null || (double)m * n * k < 2 * WorthDividing)
        {
            product.Multiply(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
            return;
        }

        var (rows, columns) = Cut(m, n, k);
        var blocksAcross = Count(n, columns);
        var job = new Job(product, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, rows, columns, blocksAcross);
        team.Run(Count(m, rows) * blocksAcross, job, static (in Job job, int index, int _) => job.Run(index));
    }

    /// <summary>K = X Xᵀ, both triangles.</summary>
    /// <param name="n">Rows of X.</param>
    /// <param name="k">Columns of X.</param>
    /// <param name="x">X.</param>
    /// <param name="ldx">Elements from one row of X to the next.</param>
    /// <param name="gram">K, n × n.</param>
    /// <param name="ldk">Elements from one row of K to the next.</param>
    /// <param name="team">The threads to divide the work over; null runs it in the calling thread.</param>
    public static void SymmetricRank(int n, int k, T* x, int ldx, T* gram, int ldk, ThreadTeam? team)
    {
        if (team is null || (double)n * n * k < 4 * WorthDividing)
        {
            Product.SymmetricRank(trans: false, n, k, T.One, x, ldx, T.Zero, gram, ldk);
        }
        else
        {
            // Bands of rows: each is a rectangle left of the diagonal and a triangle on it.
            var bands = (int)Math.Min(Blocks, (double)n * n * k / (2 * WorthDividing));
            var height = RoundUp(Count(n, bands), Grain);
            var job = new Job(Product, false, true, n, n, k, T.One, x, ldx, x, ldx, T.Zero, gram, ldk, height, height, 0);
            team.Run(Count(n, height), job, static (in Job job, int index, int _) => job.RunBand(index));
        }

        Symmetric.MirrorLower(n, gram, ldk);
    }

    /// <summary>Halves the longer side of the blocks until there are enough, or until they would become too small.</summary>
    private static (int Rows, int Columns) Cut(int m, int n, int k)
    {
        var (rows, columns) = (RoundUp(m, Grain), RoundUp(n, Grain));
        while (Count(m, rows) * Count(n, columns) < Blocks && (double)rows * columns * k >= 2 * WorthDividing && Math.Max(rows, columns) > Grain)
        {
            if (rows >= columns)
                rows = RoundUp(rows / 2, Grain);
            else
                columns = RoundUp(columns / 2, Grain);
        }

        return (rows, columns);
    }

    private static int Count(int length, int block) => (length + block - 1) / block;

    private static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;

    private readonly struct Job(
        IMatrixProduct<T> product, bool transA, bool transB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc, int rows, int columns, int blocksAcross)
    {
        public void Run(int index)
        {
            var i = index / blocksAcross * rows;
            var j = index % blocksAcross * columns;
            product.Multiply(
                transA, transB, Math.Min(rows, m - i), Math.Min(columns, n - j), k, alpha,
                a + (transA ? i : (long)i * lda), lda, b + (transB ? (long)j * ldb : j), ldb, beta, c + ((long)i * ldc) + j, ldc);
        }

        public void RunBand(int index)
        {
            var i = index * rows;
            var height = Math.Min(rows, m - i);
            var band = a + ((long)i * lda);
            product.Multiply(false, true, height, i, k, alpha, band, lda, a, lda, beta, c + ((long)i * ldc), ldc);
            product.SymmetricRank(false, height, k, alpha, band, lda, beta, c + ((long)i * ldc) + i, ldc);
        }
    }
}
