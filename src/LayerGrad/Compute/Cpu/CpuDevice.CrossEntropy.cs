using System.Numerics.Tensors;

namespace LayerGrad.Compute.Cpu;

/// <content>
/// Softmax and cross-entropy in one: with z = cap·tanh(scale·logit / cap) (or scale·logit without a cap),
/// <code>
/// loss = log Σ exp(z) − z[label],   d logit = weight · (softmax(z) − onehot(label)) · (1 − (z / cap)²) · scale
/// </code>
/// </content>
internal partial class CpuDevice<T>
{
    /// <summary>Below this sum of the other tokens' exponentials the label's probability is too near to 1 to take 1 from it.</summary>
    private const double Confident = 1.0 / 1024;

    /// <inheritdoc />
    public override DeviceResult<double[]> CrossEntropy(
        Matrix<T> logits, ReadOnlySpan<int> labels, ReadOnlySpan<double> rowWeights, double scale, double? softCap)
    {
        Transfers.Upload(logits.Rows * (sizeof(int) + (long)sizeof(double)));
        Transfers.Download(logits.Rows * (long)sizeof(double));
        var rowLabels = labels.ToArray();
        var weights = rowWeights.ToArray();
        var rowLosses = new double[logits.Rows];
        ForRows(logits.Rows, logits.Columns * 8L, (first, last) =>
        {
            var slope = softCap is null ? [] : new T[logits.Columns];
            for (var row = first; row < last; row++)
                rowLosses[row] = CrossEntropyRow(logits.Row(row), rowLabels[row], weights[row], scale, softCap, slope);
        });
        return new DeviceResult<double[]>(rowLosses);
    }

    private static double CrossEntropyRow(Span<T> z, int label, double weight, double scale, double? softCap, Span<T> slope)
    {
        if (scale != 1)
            TensorPrimitives.Multiply(z, T.CreateTruncating(scale), z);
        if (softCap is { } cap)
            CapScores(z, T.CreateTruncating(cap), slope);

        var highest = TensorPrimitives.Max<T>(z);
        var labelled = z[label];
        TensorPrimitives.Subtract(z, highest, z);
        TensorPrimitives.Exp<T>(z, z);
        var sum = TensorPrimitives.Sum<T>(z);
        var factor = weight * scale;
        double loss;
        if (double.CreateTruncating(sum - z[label]) < Confident)
        {
            loss = ConfidentRow(z, label, factor);
        }
        else
        {
            loss = double.CreateTruncating(highest) + Math.Log(double.CreateTruncating(sum)) - double.CreateTruncating(labelled);
            TensorPrimitives.Multiply(z, T.CreateTruncating(factor) / sum, z);
            z[label] -= T.CreateTruncating(factor);
        }

        if (softCap is not null)
            TensorPrimitives.Multiply(z, slope, z);
        return loss;
    }

    /// <summary>
    /// A row whose label has nearly all of the probability. With s the sum of the others' exponentials, which is small against
    /// the label's own (1): loss = log(1 + s) and dz[label] = −s / (1 + s), neither as a difference of nearly equal numbers.
    /// </summary>
    private static double ConfidentRow(Span<T> exponentials, int label, double factor)
    {
        exponentials[label] = T.Zero;
        var others = double.CreateTruncating(TensorPrimitives.Sum<T>(exponentials));
        var sum = 1 + others;
        TensorPrimitives.Multiply(exponentials, T.CreateTruncating(factor / sum), exponentials);
        exponentials[label] = T.CreateTruncating(-factor * others / sum);

        // log(1 + s) without losing s (Higham, "Accuracy and Stability of Numerical Algorithms", 1.14.1).
        return sum == 1 ? others : Math.Log(sum) * others / (sum - 1);
    }

    /// <summary>z = cap·tanh(z / cap); slope = 1 − tanh².</summary>
    private static void CapScores(Span<T> z, T cap, Span<T> slope)
    {
        TensorPrimitives.Divide(z, cap, z);
        TensorPrimitives.Tanh<T>(z, z);
        if (!slope.IsEmpty)
        {
            TensorPrimitives.Multiply(z, z, slope);
            TensorPrimitives.Subtract(T.One, slope, slope);
        }

        TensorPrimitives.Multiply(z, cap, z);
    }
}
