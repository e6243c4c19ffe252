using System.Numerics;

namespace LayerGrad.Compute;

/// <summary>
/// Matrix products divided over the workers of a <see cref="ThreadTeam"/>, each of which multiplies in one thread, by the BLAS library where there is one. Large products are cut
/// into blocks of C that follow from the shape alone: libraries choose among kernels by shape, and so the number of threads changes no bit of a result.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class Gemm<T> : IMatrixProduct<T>
    where T : unmanaged, INumberBase<T>
{
    /// <summary>Cuts of C lie at multiples of this many rows or columns: a multiple of every kernel's tile.</summary>
    private const int Grain = 96;

    /// <summary>Blocks are not made smaller than this many multiplications: waking another thread and packing operands once more would cost more than it brings.</summary>
    private const double WorthDividing = 4_000_000;

    /// <summary>Blocks that a large product of a library is divided into: a few for each core of a common machine.</summary>
    private const int Blocks = 32;

    /// <summary>Blocks for each thread where the cut changes no bit of an element, as with LayerGrad's own products: fewer, because each packs its operands.</summary>
    private const int BlocksOfThread = 4;

    private readonly ThreadTeam _team;
    private readonly IMatrixProduct<T>[] _products;
    private readonly int _blocks;

    /// <summary>Makes the products of a team.</summary>
    /// <param name="team">The threads; not disposed with this.</param>
    /// <param name="counter">Is told of the memory of the products.</param>
    public Gemm(ThreadTeam team, MemoryCounter counter)
        : this(team, () => CreateProduct(counter))
    {
    }

    /// <summary>Makes the products of a team.</summary>
    /// <param name="team">The threads; not disposed with this.</param>
    /// <param name="create">Makes the product of one thread.</param>
    public Gemm(ThreadTeam team, Func<IMatrixProduct<T>> create)
    {
        _team = team;
        _products = [.. Enumerable.Range(0, team.Threads).Select(_ => create())];
        _blocks = _products[0] is ManagedProduct<T> ? BlocksOfThread * team.Threads : Blocks;
    }

    /// <summary>Makes a product for one thread.</summary>
    /// <param name="counter">Is told of its memory.</param>
    public static IMatrixProduct<T> CreateProduct(MemoryCounter counter) => BlasLibrary.Multiplies ? new BlasProduct<T>() : new ManagedProduct<T>(counter);

    /// <summary>The bytes that a product of <see cref="CreateProduct"/> takes: the packed panels of LayerGrad's own; a library's are not counted.</summary>
    public static long ProductBytes => BlasLibrary.Multiplies ? 0 : ManagedProduct<T>.Bytes;

    /// <summary>The product of one of the team's workers, for use on that worker alone.</summary>
    /// <param name="worker">The worker.</param>
    public IMatrixProduct<T> Of(int worker) => _products[worker];

    /// <inheritdoc/>
    /// <remarks>On every worker alike: which of them multiplies is left to chance, and memory is not.</remarks>
    public void Reserve()
    {
        foreach (var product in _products)
            product.Reserve();
    }

    /// <inheritdoc/>
    public void Multiply(bool transA, bool transB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc)
    {
        if (m <= 0 || n <= 0)
            return;
        Reserve();
        if ((double)m * n * k < 2 * WorthDividing)
        {
            _products[_team.Worker].Multiply(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
            return;
        }

        var (rows, columns) = Cut(m, n, k, _blocks);
        var blocksAcross = Count(n, columns);
        var job = new Job(_products, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, rows, columns, blocksAcross);
        _team.Run(Count(m, rows) * blocksAcross, job, static (in Job job, int index, int worker) => job.Run(index, worker));
    }

    /// <inheritdoc/>
    public void SymmetricRank(bool trans, int n, int k, T alpha, T* x, int ldx, T beta, T* c, int ldc)
    {
        if ((double)n * n * k < 4 * WorthDividing)
        {
            _products[_team.Worker].SymmetricRank(trans, n, k, alpha, x, ldx, beta, c, ldc);
            return;
        }

        // Bands of rows: each is a rectangle left of the diagonal and a triangle on it.
        var bands = (int)Math.Min(_blocks, (double)n * n * k / (2 * WorthDividing));
        var height = RoundUp(Count(n, bands), Grain);
        var job = new Job(_products, trans, !trans, n, n, k, alpha, x, ldx, x, ldx, beta, c, ldc, height, height, 0);
        _team.Run(Count(n, height), job, static (in Job job, int index, int worker) => job.RunBand(index, worker));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var product in _products)
            product.Dispose();
    }

    /// <summary>Halves the longer side of the blocks until there are enough, or until they would become too small.</summary>
    private static (int Rows, int Columns) Cut(int m, int n, int k, int blocks)
    {
        var (rows, columns) = (RoundUp(m, Grain), RoundUp(n, Grain));
        while (Count(m, rows) * Count(n, columns) < blocks && (double)rows * columns * k >= 2 * WorthDividing && Math.Max(rows, columns) > Grain)
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
        IMatrixProduct<T>[] products, bool transA, bool transB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc, int rows, int columns, int blocksAcross)
    {
        public void Run(int index, int worker)
        {
            var i = index / blocksAcross * rows;
            var j = index % blocksAcross * columns;
            products[worker].Multiply(
                transA, transB, Math.Min(rows, m - i), Math.Min(columns, n - j), k, alpha,
                a + (transA ? i : (long)i * lda), lda, b + (transB ? (long)j * ldb : j), ldb, beta, c + ((long)i * ldc) + j, ldc);
        }

        public void RunBand(int index, int worker)
        {
            var i = index * rows;
            var height = Math.Min(rows, m - i);
            var band = a + (transA ? i : (long)i * lda);
            products[worker].Multiply(transA, transB, height, i, k, alpha, band, lda, a, lda, beta, c + ((long)i * ldc), ldc);
            products[worker].SymmetricRank(transA, height, k, alpha, band, lda, beta, c + ((long)i * ldc) + i, ldc);
        }
    }
}
