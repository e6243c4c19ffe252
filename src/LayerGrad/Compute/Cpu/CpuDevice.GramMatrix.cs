using System.Numerics;

namespace LayerGrad.Compute.Cpu;

/// <content>Inner products between rows.</content>
internal partial class CpuDevice<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Columns that one thread multiplies at least: below that the sums of the parts cost more than the threads save.</summary>
    private const int FewestGramColumns = 2048;

    /// <summary>Parts into which the columns are cut: from the shape alone, so that the number of threads changes no bit of a result.</summary>
    private const int MostGramParts = 16;

    /// <summary>Elements that the sums of all parts may take: of more rows than these allow, a part's own products are shared out.</summary>
    private const long MostGramElements = 1L << 23;

    /// <inheritdoc />
    public override unsafe void AddGramMatrix(Matrix<T> rows, double[] sums)
    {
        var size = rows.Rows;
        ArgumentOutOfRangeException.ThrowIfNotEqual((long)sums.Length, (long)size * size, nameof(sums));
        if (size == 0)
            return;
        _products.Reserve();
        var parts = (int)Math.Clamp(Math.Min(rows.Columns / FewestGramColumns, MostGramElements / ((long)size * size)), 1, MostGramParts);
        using var products = Allocate((long)parts * size * size);
        var work = new GramWork(this, rows, products.AsMatrix(parts * size, size), parts);
        if (parts == 1)
            _products.SymmetricRank(false, size, rows.Columns, T.One, rows.Pointer(), rows.Stride, T.Zero, work.Products.Pointer(), size);
        else
            Team.Run(parts, work, static (in GramWork work, int part, int worker) => work.Run(part, worker));
        for (var part = 0; part < parts; part++)
        {
            for (var i = 0; i < size; i++)
            {
                var row = work.Products.Row((part * size) + i);
                for (var j = 0; j <= i; j++)
                    sums[((long)i * size) + j] += double.CreateTruncating(row[j]);
            }
        }

        fixed (double* all = sums)
            Symmetric.MirrorLower(size, all, size);
    }

    /// <summary>The columns dealt out in parts, each with the lower triangle of its products.</summary>
    private readonly struct GramWork(CpuDevice<T> device, Matrix<T> rows, Matrix<T> products, int parts)
    {
        public Matrix<T> Products => products;

        public unsafe void Run(int part, int worker)
        {
            var (first, end) = ((int)((long)rows.Columns * part / parts), (int)((long)rows.Columns * (part + 1) / parts));
            var product = products.RowRange(part * rows.Rows, rows.Rows);
            device._products.Of(worker).SymmetricRank(
                false, rows.Rows, end - first, T.One, rows.Pointer() + first, rows.Stride, T.Zero, product.Pointer(), product.Stride);
        }
    }
}
