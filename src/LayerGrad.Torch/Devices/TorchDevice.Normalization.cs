using LayerGrad.Compute;
using LayerGrad.Torch.Storage;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Devices;

/// <content>
/// Normalization over groups of n columns. With m = mean(x) for layer normalization and 0 for root mean square:
/// <code>
/// r = 1 / √(mean((x - m)²) + ε),   n̂ = (x - m) · r,   y = n̂ · w + b
/// g = dy · w,   dx = r · (g - n̂ · mean(g · n̂) - mean(g) [layer only]),   dw = Σ dy · n̂,   db = Σ dy
/// </code>
/// </content>
internal sealed partial class TorchDevice<T>
{
    /// <inheritdoc />
    public override void Normalize(NormShape shape, Matrix<T> x, Parameter<T>? weight, Parameter<T>? bias, Matrix<T> y) =>
        ForRows(x.Rows, 3L * shape.Groups * shape.Size * ElementBytes, (first, count) =>
        {
            var (unit, _) = ToUnit(shape, Groups(shape, x.RowRange(first, count)));
            if (weight is { } w)
                unit.mul_(Weights(shape, w));
            if (bias is { } b)
                unit.add_(Wide(b), One);
            Groups(shape, y.RowRange(first, count)).copy_(unit);
        });

    /// <inheritdoc />
    public override void NormalizeBackward(
        NormShape shape, Matrix<T> x, Parameter<T>? weight, Matrix<T> dy, Matrix<T> dx, bool accumulate, Matrix<T>? dWeight, Matrix<T>? dBias) =>
        ForRows(x.Rows, 5L * shape.Groups * shape.Size * ElementBytes, (first, count) =>
        {
            var (unit, inverse) = ToUnit(shape, Groups(shape, x.RowRange(first, count)));
            var dOutput = Groups(shape, dy.RowRange(first, count));

            // The parameters' gradients first: dx may overwrite dy.
            if (dWeight is { } dw)
                AddOverRows(shape, dOutput.mul(unit), dw);
            if (dBias is { } db)
                AddOverRows(shape, dOutput, db);
            var g = weight is { } w ? dOutput.mul(Weights(shape, w)) : dOutput.clone();
            var along = g.mul(unit).mean([2L], keepdim: true);
            g.sub_(unit.mul_(along));
            if (shape.Kind == NormKind.Layer)
                Centre(g);
            g.mul_(inverse);
            var to = Groups(shape, dx.RowRange(first, count));
            if (accumulate)
                to.add_(g, One);
            else
                to.copy_(g);
        });

    private static torch.Tensor Groups(NormShape shape, Matrix<T> matrix) => matrix.Groups(shape.Groups, shape.Size, shape.Spacing);

    /// <summary>What n̂ is multiplied by.</summary>
    private static torch.Tensor Weights(NormShape shape, Parameter<T> weight) => shape.AddsOne ? Wide(weight).add(Number(1), One) : Wide(weight);

    /// <summary>
    /// n̂ and r. Rows are divided by their largest element first, so that no square leaves the range of the element type; infinity and NaN have
    /// no direction and become NaN, and so does zero without an ε.
    /// </summary>
    private static (torch.Tensor Unit, torch.Tensor Inverse) ToUnit(NormShape shape, torch.Tensor x)
    {
        var centred = x;
        if (shape.Kind == NormKind.Layer)
        {
            centred = x.clone();
            Centre(centred);
        }

        var largest = Magnitude(centred, 2);
        largest.masked_fill_(largest.eq(Number(0)), Number(1));
        var unit = centred.div(largest);
        var scale = largest.to(torch.ScalarType.Float64);
        var meanSquare = unit.mul(unit).sum([2L], keepdim: true).to(torch.ScalarType.Float64).mul_(scale).mul_(scale).div_(Number(shape.Size));
        var inverse = meanSquare.add_(Number(shape.Epsilon), One).sqrt_().reciprocal_();
        unit.mul_(scale.mul_(inverse).to(ElementType));
        return (unit, inverse.to(ElementType));
    }

    /// <summary>
    /// x − mean(x). Twice, because what rounding leaves of the mean stands in every element alike, and the mean of a
    /// weight's gradient adds all of them up.
    /// </summary>
    private static void Centre(torch.Tensor x)
    {
        x.sub_(x.mean([2L], keepdim: true));
        x.sub_(x.mean([2L], keepdim: true));
    }

    private static void AddOverRows(NormShape shape, torch.Tensor terms, Matrix<T> sum) =>
        sum.View().add_(terms.sum(shape.WeightPerGroup ? [0L] : [0L, 1L], keepdim: !shape.WeightPerGroup).view(sum.Rows, sum.Columns), One);
}
