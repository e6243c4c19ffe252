using LayerGrad.Compute;
using LayerGrad.Torch.Batches;
using LayerGrad.Torch.Storage;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Devices;

/// <content>Sums, scales, bias rows, and rows by index.</content>
internal sealed partial class TorchDevice<T>
{
    /// <inheritdoc />
    public override void Add(Matrix<T> source, Matrix<T> destination, double factor = 1)
    {
        RequireSameShape(source, destination);
        Do(0, () =>
        {
            if (factor == 1)
                destination.View().add_(source.View(), One);
            else
                destination.View().add_(source.View(), Number(factor));
        });
    }

    /// <inheritdoc />
    public override void Scale(Matrix<T> matrix, double factor) => Do(0, () => matrix.View().mul_(Number(factor)));

    /// <inheritdoc />
    public override void Clamp(Matrix<T> matrix, double limit) => Do(0, () => matrix.View().clamp_(Number(-limit), Number(limit)));

    /// <inheritdoc />
    public override void ClampBackward(Matrix<T> clamped, double limit, Matrix<T> gradient)
    {
        // The bound in the element type, as Clamp has it: a value that was cut must compare as equal to it.
        var bound = double.CreateTruncating(T.CreateTruncating(limit));
        ForRows(gradient.Rows, gradient.Columns * (ElementBytes + 1L), (first, count) =>
            gradient.RowRange(first, count).View().masked_fill_(clamped.RowRange(first, count).View().abs().ge(Number(bound)), Number(0)));
    }

    /// <inheritdoc />
    public override void AddRow(Parameter<T> bias, Matrix<T> matrix) => Do(bias.Count * ElementBytes, () => matrix.View().add_(Wide(bias), One));

    /// <inheritdoc />
    public override void SumRows(Matrix<T> matrix, Matrix<T> sums) => Do(sums.Count * ElementBytes, () => sums.View().add_(matrix.View().sum([0L], keepdim: true), One));

    /// <inheritdoc />
    public override void GatherRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination) => GatherRows((Parameter<T>)source, indices, destination);

    /// <inheritdoc />
    public override void GatherRows(Parameter<T> source, ReadOnlySpan<int> indices, Matrix<T> destination)
    {
        Transfers.Upload(indices.Length * (long)sizeof(int));
        var rows = indices.ToArray();
        Do(destination.Count * ElementBytes, () => destination.View().copy_(source.View().index_select(0, ToDevice(rows))));
    }

    /// <inheritdoc />
    public override void ScatterAddRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination, ReadOnlySpan<double> factors = default)
    {
        Transfers.Upload(indices.Length * (long)sizeof(int) + factors.Length * (long)sizeof(double));
        if (indices.IsEmpty)
            return;
        var sums = RowSums.Of(indices);
        var weights = factors.IsEmpty ? null : factors.ToArray();
        Do(3 * source.Count * ElementBytes, () =>
        {
            var rows = source.View();
            if (weights is not null)
                rows = rows.mul(ToDevice(weights).to(ElementType).unsqueeze(1));
            var index = ToDevice(sums.Indices);
            var reduced = sums.Reduce(rows, index);
            var places = sums.Destinations(index);
            var to = destination.View();
            to.index_copy_(0, places, to.index_select(0, places).add_(reduced, One));
        });
    }

    /// <inheritdoc />
    public override void ScaleRows(Matrix<T> matrix, ReadOnlySpan<double> factors)
    {
        Transfers.Upload(factors.Length * (long)sizeof(double));
        var scales = factors.ToArray();
        Do(0, () => matrix.View().mul_(ToDevice(scales).to(ElementType).unsqueeze(1)));
    }

    /// <inheritdoc />
    public override DeviceResult<double[]> DotRows(Matrix<T> a, Matrix<T> b) =>
        RowNumbers(a.Rows, a.Columns, (first, count) => a.RowRange(first, count).View().mul(b.RowRange(first, count).View()).sum([1L]));

    /// <inheritdoc />
    public override DeviceResult<double[]> LargestMagnitudes(Matrix<T> matrix) => RowNumbers(matrix.Rows, 0, (first, count) =>
        Magnitude(matrix.RowRange(first, count).View(), 1).squeeze(1));

    /// <summary>The largest |element| along a dimension, which is kept; NaN where there is one. (One pass for both, aminmax, takes 20 times as long on a processor.)</summary>
    private static torch.Tensor Magnitude(torch.Tensor tensor, long dimension) =>
        torch.maximum(tensor.amax([dimension], keepdim: true), tensor.amin([dimension], keepdim: true).neg_());

    /// <summary>One number a row, read when it is waited for.</summary>
    private DeviceResult<double[]> RowNumbers(int rows, int temporaries, Func<int, int, torch.Tensor> numbers)
    {
        if (rows == 0)
            return new DeviceResult<double[]>([]);
        using var result = new CountedTensor(Memory, rows, torch.ScalarType.Float64, _target);
        ForRows(rows, (temporaries + 1L) * ElementBytes, (first, count) => result.Tensor.narrow(0, first, count).copy_(numbers(first, count)));
        return _outbox.Add(result.Release(), static values => values.ToArray());
    }
}
