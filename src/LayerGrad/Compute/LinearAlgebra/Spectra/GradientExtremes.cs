using System.Numerics;
using System.Numerics.Tensors;

namespace LayerGrad.Compute;

/// <summary>
/// The largest and the smallest element of a weight gradient G = Δᵀ X, which do not follow from inner products of tokens: G is formed a tile at a time and thrown away. An element is at most
/// the product of the lengths of its two columns, and language models have few features of great length: the tiles of long columns are formed first, and those that can then hold neither
/// extreme are left out.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="counter">Is told of the workspaces.</param>
/// <param name="product">What multiplies; not disposed with this.</param>
internal sealed unsafe class GradientExtremes<T>(MemoryCounter counter, IMatrixProduct<T> product) : IDisposable
    where T : unmanaged, INumber<T>
{
    /// <summary>The elements of a tile of G.</summary>
    internal const int TileElements = TileRows * TileColumns;

    private const int TileRows = 192;
    private const int TileColumns = 768;

    /// <summary>Rows of G (columns of Δ) that share a bound.</summary>
    private const int BandRows = 96;

    /// <summary>Leaving out less than this share of G is not worth ordering its columns.</summary>
    private const double WorthOrdering = 0.7;

    /// <summary>Allows for the rounding of an element against the exact bound.</summary>
    private const double Slack = 1 + 1e-4;

    private readonly ColumnLengths _rows = new(counter);
    private readonly ColumnLengths _columns = new(counter);
    private readonly NativeBuffer<T> _workspace = new(counter);

    /// <summary>Makes room for problems of some size.</summary>
    /// <param name="sizes">The sizes.</param>
    public void Reserve(SummarySizes sizes)
    {
        _workspace.Reserve(sizes.Tile);
        _columns.Reserve(sizes.InputColumns);
        _rows.Reserve(sizes.DeltaColumns);
    }

    /// <summary>Computes both in the calling thread. NaN where G holds one; zeros where there is no token.</summary>
    /// <param name="delta">Δ, tokens × out, row-major.</param>
    /// <param name="ldd">Elements from one row of Δ to the next.</param>
    /// <param name="outFeatures">Columns of Δ.</param>
    /// <param name="x">X, tokens × in, row-major.</param>
    /// <param name="ldx">Elements from one row of X to the next.</param>
    /// <param name="inFeatures">Columns of X.</param>
    /// <param name="n">Tokens.</param>
    /// <param name="max">The largest element.</param>
    /// <param name="min">The smallest.</param>
    public void Compute(T* delta, int ldd, int outFeatures, T* x, int ldx, int inFeatures, int n, out T max, out T min)
    {
        (max, min) = (T.Zero, T.Zero);
        if (n <= 0 || outFeatures <= 0 || inFeatures <= 0)
            return;

        var tile = _workspace.Reserve(TileElements + ((long)n * (outFeatures + inFeatures)));
        if (_rows.Measure(delta, ldd, n, outFeatures) && _columns.Measure(x, ldx, n, inFeatures))
        {
            var ordered = new OrderedFactors(product, _rows, _columns, tile + TileElements, n);
            if (ordered.TryCompute(delta, ldd, x, ldx, tile, out max, out min))
                return;
        }

        Whole(delta, ldd, outFeatures, x, ldx, inFeatures, n, out max, out min);
    }

    /// <summary>The same of every tile.</summary>
    internal void Whole(T* delta, int ldd, int outFeatures, T* x, int ldx, int inFeatures, int n, out T max, out T min)
    {
        if (product.TryExtremes(outFeatures, inFeatures, n, delta, ldd, x, ldx, out max, out min))
            return;
        var tile = _workspace.Reserve(TileElements);
        (max, min) = (T.Zero, T.Zero);
        for (var i = 0; i < outFeatures; i += TileRows)
        {
            var rows = Math.Min(TileRows, outFeatures - i);
            for (var j = 0; j < inFeatures; j += TileColumns)
            {
                var columns = Math.Min(TileColumns, inFeatures - j);
                Tile(product, delta + i, ldd, rows, x + j, ldx, columns, n, tile, out var largest, out var smallest);
                (max, min) = i + j == 0 ? (largest, smallest) : (T.Max(max, largest), T.Min(min, smallest));
            }
        }
    }

    /// <summary>Frees the workspaces.</summary>
    public void Dispose()
    {
        _rows.Dispose();
        _columns.Dispose();
        _workspace.Dispose();
    }

    private static void Tile(IMatrixProduct<T> product, T* delta, int ldd, int rows, T* x, int ldx, int columns, int n, T* tile, out T max, out T min)
    {
        if (product.TryExtremes(rows, columns, n, delta, ldd, x, ldx, out max, out min))
            return;
        product.Multiply(true, false, rows, columns, n, T.One, delta, ldd, x, ldx, T.Zero, tile, columns);
        var values = new ReadOnlySpan<T>(tile, rows * columns);
        (max, min) = (TensorPrimitives.Max(values), TensorPrimitives.Min(values));
    }

    /// <summary>Both factors with their columns in descending order of length, as far as they are needed.</summary>
    private readonly struct OrderedFactors(IMatrixProduct<T> product, ColumnLengths rows, ColumnLengths columns, T* memory, int n)
    {
        public bool TryCompute(T* delta, int ldd, T* x, int ldx, T* tile, out T max, out T min)
        {
            var (height, width) = (Math.Min(BandRows, rows.Count), Math.Min(2 * BandRows, columns.Count));
            T* orderedDelta = memory, orderedX = memory + ((long)n * height);
            Gather(delta, ldd, rows.Order, height, orderedDelta);
            Gather(x, ldx, columns.Order, width, orderedX);
            Tile(product, orderedDelta, height, height, orderedX, width, width, n, tile, out max, out min);

            // How much of G can still hold an extreme: a staircase in the ordered columns.
            var threshold = Threshold(max, min);
            var area = 0L;
            var (heights, widths) = (0, Reach(rows.Bounds[0], threshold, columns.Count));
            for (var reach = widths; heights < rows.Count && reach > 0; heights += BandRows)
            {
                reach = Reach(rows.Bounds[heights], threshold, reach);
                area += (long)reach * Math.Min(BandRows, rows.Count - heights);
            }

            heights = Math.Min(heights, rows.Count);
            if (area > WorthOrdering * rows.Count * columns.Count)
                return false;

            orderedX = memory + ((long)n * heights);
            Gather(delta, ldd, rows.Order, heights, orderedDelta);
            Gather(x, ldx, columns.Order, widths, orderedX);
            for (var i = 0; i < heights; i += BandRows)
            {
                var reach = Reach(rows.Bounds[i], Threshold(max, min), widths);
                for (var j = 0; j < reach; j += TileColumns)
                {
                    var rowsOfBand = Math.Min(BandRows, heights - i);
                    Tile(product, orderedDelta + i, heights, rowsOfBand, orderedX + j, widths, Math.Min(TileColumns, reach - j), n, tile, out var largest, out var smallest);
                    (max, min) = (T.Max(max, largest), T.Min(min, smallest));
                }
            }

            return true;
        }

        /// <summary>An element below this in magnitude is neither extreme.</summary>
        private static double Threshold(T max, T min) => Math.Min(double.CreateTruncating(max), -double.CreateTruncating(min));

        /// <summary>How many of the ordered columns of X can, with a column of Δ of that length, exceed the threshold.</summary>
        private int Reach(double length, double threshold, int atMost)
        {
            // A binary search for the first column that cannot; the bounds do not ascend.
            var (low, high) = (0, atMost);
            while (low < high)
            {
                var middle = (low + high) / 2;
                if (columns.Bounds[middle] * length * Slack >= threshold)
                    low = middle + 1;
                else
                    high = middle;
            }

            return low;
        }

        private void Gather(T* from, int ld, int* order, int count, T* to)
        {
            for (var t = 0; t < n; t++)
            {
                T* source = from + ((long)t * ld), target = to + ((long)t * count);
                for (var j = 0; j < count; j++)
                    target[j] = source[order[j]];
            }
        }
    }
}
