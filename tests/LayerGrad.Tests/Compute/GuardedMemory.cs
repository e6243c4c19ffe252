using LayerGrad.Compute;

namespace LayerGrad.Tests.Compute;

/// <summary>
/// Matrices with guards before, between and behind their rows. The guards are NaN, so what reads them spoils its
/// result, and what writes them is caught by <see cref="ShouldBeIntact"/>.
/// </summary>
internal sealed class GuardedMemory(Device<double> device, int seed) : IDisposable
{
    private const int Guard = 5;

    private static readonly double s_sentinel = BitConverter.Int64BitsToDouble(unchecked((long)0xFFF8_0000_DEAD_BEEF));

    private readonly Random _random = new(seed);
    private readonly List<Matrix<double>> _matrices = [];

    /// <summary>A matrix of normal numbers.</summary>
    public Matrix<double> Random(int rows, int columns)
    {
        var values = new double[rows * columns];
        for (var i = 0; i < values.Length; i++)
            values[i] = Normal(_random);
        return Of(rows, columns, values);
    }

    /// <summary>A matrix of given values.</summary>
    public Matrix<double> Of(int rows, int columns, ReadOnlySpan<double> values)
    {
        var stride = columns + Guard;
        var memory = device.Allocate(Guard + (long)rows * stride);
        var all = memory.AsMatrix(1, (int)memory.Length);
        device.Upload(Enumerable.Repeat(s_sentinel, (int)memory.Length).ToArray(), all);
        var matrix = new Matrix<double>(memory, Guard, rows, columns, stride);
        device.Upload(values, matrix);
        _matrices.Add(matrix);
        return matrix;
    }

    /// <summary>The values of a matrix, row-major.</summary>
    public double[] Values(Matrix<double> matrix)
    {
        var values = new double[matrix.Count];
        device.Download(matrix, values);
        return values;
    }

    /// <summary>Fails where anything was written outside a matrix.</summary>
    public void ShouldBeIntact()
    {
        foreach (var matrix in _matrices)
        {
            var all = Values(matrix.Memory.AsMatrix(1, (int)matrix.Memory.Length));
            var written = Array.FindIndex(all, 0, Guard, value => BitConverter.DoubleToInt64Bits(value) != BitConverter.DoubleToInt64Bits(s_sentinel));
            for (var i = Guard; i < all.Length && written < 0; i++)
            {
                var inside = (i - Guard) % matrix.Stride < matrix.Columns;
                if (!inside && BitConverter.DoubleToInt64Bits(all[i]) != BitConverter.DoubleToInt64Bits(s_sentinel))
                    written = i;
            }

            written.ShouldBe(-1, $"an element outside a {matrix.Rows} x {matrix.Columns} matrix was written");
        }
    }

    /// <summary>A number of the standard normal distribution (Box and Muller 1958).</summary>
    public static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    public void Dispose()
    {
        foreach (var matrix in _matrices)
            matrix.Memory.Dispose();
    }
}
