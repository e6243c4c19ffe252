using System.Numerics.Tensors;

namespace LayerGrad.Compute.Cpu;

/// <content>Sums, scales, bias rows, and rows by index.</content>
internal partial class CpuDevice<T>
{
    /// <inheritdoc />
    public override void Add(Matrix<T> source, Matrix<T> destination, double factor = 1)
    {
        RequireSameShape(source, destination);
        var scale = T.CreateTruncating(factor);
        ForRows(source.Rows, source.Columns, (first, last) =>
        {
            for (var row = first; row < last; row++)
            {
                var sum = destination.Row(row);
                if (scale == T.One)
                    TensorPrimitives.Add(sum, source.Row(row), sum);
                else
                    TensorPrimitives.MultiplyAdd(source.Row(row), scale, sum, sum);
            }
        });
    }

    /// <inheritdoc />
    public override void Scale(Matrix<T> matrix, double factor)
    {
        var scale = T.CreateTruncating(factor);
        ForRows(matrix.Rows, matrix.Columns, (first, last) =>
        {
            for (var row = first; row < last; row++)
                TensorPrimitives.Multiply(matrix.Row(row), scale, matrix.Row(row));
        });
    }

    /// <inheritdoc />
    public override void Clamp(Matrix<T> matrix, double limit)
    {
        var (low, high) = (T.CreateTruncating(-limit), T.CreateTruncating(limit));
        ForRows(matrix.Rows, matrix.Columns, (first, last) =>
        {
            for (var row = first; row < last; row++)
                TensorPrimitives.Clamp(matrix.Row(row), low, high, matrix.Row(row));
        });
    }

    /// <inheritdoc />
    public override void ClampBackward(Matrix<T> clamped, double limit, Matrix<T> gradient)
    {
        var bound = T.CreateTruncating(limit);
        ForRows(gradient.Rows, gradient.Columns, (first, last) =>
        {
            for (var row = first; row < last; row++)
            {
                var values = clamped.Row(row);
                var slopes = gradient.Row(row);
                for (var i = 0; i < slopes.Length; i++)
                {
                    if (T.Abs(values[i]) >= bound)
                        slopes[i] = T.Zero;
                }
            }
        });
    }

    /// <inheritdoc />
    public override void AddRow(Parameter<T> bias, Matrix<T> matrix)
    {
        var addend = bias.AsMatrix();
        ForRows(matrix.Rows, matrix.Columns, (first, last) =>
        {
            for (var row = first; row < last; row++)
                TensorPrimitives.Add(matrix.Row(row), addend.Row(0), matrix.Row(row));
        });
    }

    /// <inheritdoc />
    public override void SumRows(Matrix<T> matrix, Matrix<T> sums) => ForColumns(matrix.Columns, matrix.Rows, (first, last) =>
    {
        var total = sums.Row(0)[first..last];
        for (var row = 0; row < matrix.Rows; row++)
            TensorPrimitives.Add(total, matrix.Row(row)[first..last], total);
    });

    /// <inheritdoc />
    public override void GatherRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination)
    {
        Transfers.Upload(indices.Length * (long)sizeof(int));
        for (var row = 0; row < indices.Length; row++)
            source.Row(indices[row]).CopyTo(destination.Row(row));
    }

    /// <inheritdoc />
    public override void ScatterAddRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination, ReadOnlySpan<double> factors = default)
    {
        Transfers.Upload(indices.Length * (long)sizeof(int) + factors.Length * (long)sizeof(double));
        for (var row = 0; row < indices.Length; row++)
        {
            var sum = destination.Row(indices[row]);
            if (factors.IsEmpty)
                TensorPrimitives.Add(sum, source.Row(row), sum);
            else
                TensorPrimitives.MultiplyAdd(source.Row(row), T.CreateTruncating(factors[row]), sum, sum);
        }
    }

    /// <inheritdoc />
    public override void ScaleRows(Matrix<T> matrix, ReadOnlySpan<double> factors)
    {
        Transfers.Upload(factors.Length * (long)sizeof(double));
        for (var row = 0; row < matrix.Rows; row++)
            TensorPrimitives.Multiply(matrix.Row(row), T.CreateTruncating(factors[row]), matrix.Row(row));
    }

    /// <inheritdoc />
    public override DeviceResult<double[]> DotRows(Matrix<T> a, Matrix<T> b)
    {
        Transfers.Download(a.Rows * (long)sizeof(double));
        var products = new double[a.Rows];
        for (var row = 0; row < a.Rows; row++)
            products[row] = double.CreateTruncating(TensorPrimitives.Dot<T>(a.Row(row), b.Row(row)));
        return new DeviceResult<double[]>(products);
    }

    /// <summary>Runs over all columns in runs of whole cache lines, for sums over rows that no two threads share.</summary>
    private void ForColumns(int columns, long rows, Action<int, int> body)
    {
        const int Run = 64;
        var runs = (columns + Run - 1) / Run;
        ForRows(runs, rows * Run, (first, last) => body(first * Run, Math.Min(columns, last * Run)));
    }
}
