using System.Numerics.Tensors;

namespace LayerGrad.Compute.Cpu;

/// <content>
/// Normalization over groups of n columns. With m = mean(x) for layer normalization and 0 for root mean square:
/// <code>
/// r = 1 / √(mean((x - m)²) + ε),   n̂ = (x - m) · r,   y = n̂ · w + b
/// g = dy · w,   dx = r · (g - n̂ · mean(g · n̂) - mean(g) [layer only]),   dw = Σ dy · n̂,   db = Σ dy
/// </code>
/// </content>
internal partial class CpuDevice<T>
{
    private const int SquareRun = 256;

    /// <inheritdoc />
    public override void Normalize(NormShape shape, Matrix<T> x, Parameter<T>? weight, Parameter<T>? bias, Matrix<T> y)
    {
        var (weights, biases) = (weight?.AsMatrix(), bias?.AsMatrix());
        ForRows(x.Rows, shape.Groups * shape.Size, (first, last) =>
        {
            for (var row = first; row < last; row++)
            {
                var input = x.Row(row);
                var output = y.Row(row);
                for (var group = 0; group < shape.Groups; group++)
                {
                    var normalized = output.Slice(group * shape.Spacing, shape.Size);
                    ToUnit(shape, input.Slice(group * shape.Spacing, shape.Size), normalized);
                    if (weights is { } w)
                        ApplyWeight(shape, w.Row(shape.WeightPerGroup ? group : 0), normalized);
                    if (biases is { } b)
                        TensorPrimitives.Add(normalized, b.Row(shape.WeightPerGroup ? group : 0), normalized);
                }
            }
        });
    }

    /// <inheritdoc />
    public override void NormalizeBackward(
        NormShape shape, Matrix<T> x, Parameter<T>? weight, Matrix<T> dy, Matrix<T> dx, bool accumulate, Matrix<T>? dWeight, Matrix<T>? dBias)
    {
        var weights = weight?.AsMatrix();
        // The parameters' gradients first: dx may overwrite dy.
        if (dWeight is { } dw)
            AddWeightGradient(shape, x, dy, dw);
        if (dBias is { } db)
            AddBiasGradient(shape, dy, db);
        ForRows(x.Rows, shape.Groups * shape.Size, (first, last) =>
        {
            Span<T> scratch = new T[2 * shape.Size];
            for (var row = first; row < last; row++)
            {
                for (var group = 0; group < shape.Groups; group++)
                {
                    var start = group * shape.Spacing;
                    var w = weights is { } matrix ? matrix.Row(shape.WeightPerGroup ? group : 0) : default;
                    InputGradient(
                        shape, x.Row(row).Slice(start, shape.Size), w, dy.Row(row).Slice(start, shape.Size),
                        dx.Row(row).Slice(start, shape.Size), accumulate, scratch[..shape.Size], scratch[shape.Size..]);
                }
            }
        });
    }

    /// <summary>Writes n̂ and returns r.</summary>
    private static T ToUnit(NormShape shape, ReadOnlySpan<T> x, Span<T> unit)
    {
        var centred = x;
        if (shape.Kind == NormKind.Layer)
        {
            Centre(x, unit);
            centred = unit;
        }

        // One number scales a whole row, so it is rounded once; what is computed from a row that is small enlarges every rounding of it.
        var meanSquare = (SumOfSquares(centred) / shape.Size) + shape.Epsilon;
        if (!T.IsNormal(T.CreateTruncating(meanSquare)))
            return ToUnitAtTheEdge(shape, centred, unit);
        var inverse = T.CreateTruncating(1 / Math.Sqrt(meanSquare));
        TensorPrimitives.Multiply(centred, inverse, unit);
        return inverse;
    }

    /// <summary>Σ x², runs of elements in float64.</summary>
    private static double SumOfSquares(ReadOnlySpan<T> x)
    {
        var sum = 0.0;
        for (var start = 0; start < x.Length; start += SquareRun)
            sum += double.CreateTruncating(TensorPrimitives.SumOfSquares(x.Slice(start, Math.Min(SquareRun, x.Length - start))));
        return sum;
    }

    /// <summary>The same for values whose squares leave the range of the element type: scaled by the largest of them.</summary>
    private static T ToUnitAtTheEdge(NormShape shape, ReadOnlySpan<T> centred, Span<T> unit)
    {
        var largest = T.Abs(TensorPrimitives.MaxMagnitude(centred));
        if (T.IsZero(largest) || !T.IsFinite(largest))
        {
            // Zero without an ε, infinity and NaN have no direction: NaN, which the loss and the factors then show.
            var none = T.One / T.Sqrt(largest * largest + T.CreateTruncating(shape.Epsilon));
            TensorPrimitives.Multiply(centred, none, unit);
            return none;
        }

        TensorPrimitives.Divide(centred, largest, unit);
        var scaledEpsilon = shape.Epsilon / double.CreateTruncating(largest) / double.CreateTruncating(largest);
        var length = T.Sqrt(TensorPrimitives.SumOfSquares<T>(unit) / T.CreateTruncating(shape.Size) + T.CreateTruncating(scaledEpsilon));
        TensorPrimitives.Divide(unit, length, unit);
        return T.One / length / largest;
    }

    /// <summary>
    /// x − mean(x). Twice, because what rounding leaves of the mean stands in every element alike, and the mean of a
    /// weight's gradient adds all of them up.
    /// </summary>
    private static void Centre(ReadOnlySpan<T> x, Span<T> centred)
    {
        var size = T.CreateTruncating(x.Length);
        TensorPrimitives.Subtract(x, TensorPrimitives.Sum(x) / size, centred);
        TensorPrimitives.Subtract(centred, TensorPrimitives.Sum<T>(centred) / size, centred);
    }

    private static void ApplyWeight(NormShape shape, ReadOnlySpan<T> weight, Span<T> values)
    {
        if (shape.AddsOne)
            TensorPrimitives.MultiplyAdd(values, weight, values, values);
        else
            TensorPrimitives.Multiply(values, weight, values);
    }

    private static void InputGradient(
        NormShape shape, ReadOnlySpan<T> x, ReadOnlySpan<T> weight, ReadOnlySpan<T> dy, Span<T> dx, bool accumulate, Span<T> unit, Span<T> g)
    {
        var inverse = ToUnit(shape, x, unit);
        dy.CopyTo(g);
        if (!weight.IsEmpty)
            ApplyWeight(shape, weight, g);
        var size = T.CreateTruncating(shape.Size);
        TensorPrimitives.MultiplyAdd(unit, -TensorPrimitives.Dot<T>(g, unit) / size, g, unit);
        if (shape.Kind == NormKind.Layer)
            Centre(unit, unit);
        if (accumulate)
            TensorPrimitives.MultiplyAdd(unit, inverse, dx, dx);
        else
            TensorPrimitives.Multiply(unit, inverse, dx);
    }

    private void AddWeightGradient(NormShape shape, Matrix<T> x, Matrix<T> dy, Matrix<T> dWeight)
    {
        // One thread: only training asks for it, and the sum's order must not depend on the number of threads.
        Span<T> unit = new T[shape.Size];
        for (var row = 0; row < x.Rows; row++)
        {
            for (var group = 0; group < shape.Groups; group++)
            {
                var start = group * shape.Spacing;
                ToUnit(shape, x.Row(row).Slice(start, shape.Size), unit);
                var sum = dWeight.Row(shape.WeightPerGroup ? group : 0);
                TensorPrimitives.MultiplyAdd(unit, dy.Row(row).Slice(start, shape.Size), sum, sum);
            }
        }
    }

    private static void AddBiasGradient(NormShape shape, Matrix<T> dy, Matrix<T> dBias)
    {
        for (var row = 0; row < dy.Rows; row++)
        {
            for (var group = 0; group < shape.Groups; group++)
            {
                var sum = dBias.Row(shape.WeightPerGroup ? group : 0);
                TensorPrimitives.Add(sum, dy.Row(row).Slice(group * shape.Spacing, shape.Size), sum);
            }
        }
    }
}
