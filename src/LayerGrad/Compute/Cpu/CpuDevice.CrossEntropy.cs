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
    /// <inheritdoc />
    public override void CrossEntropy(
        Matrix<T> logits, ReadOnlySpan<int> labels, ReadOnlySpan<double> rowWeights, double scale, double? softCap, Span<double> losses)
    {
        var rowLabels = labels.ToArray();
        var weights = rowWeights.ToArray();
        var rowLosses = new double[logits.Rows];
        ForRows(logits.Rows, logits.Columns * 8L, (first, last) =>
        {
            var slope = softCap is null ? [] : new T[logits.Columns];
            for (var row = first; row < last; row++)
                rowLosses[row] = CrossEntropyRow(logits.Row(row), rowLabels[row], weights[row], scale, softCap, slope);
        });
        rowLosses.CopyTo(losses);
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
        var loss = double.CreateTruncating(highest) + Math.Log(double.CreateTruncating(sum)) - double.CreateTruncating(labelled);

        var factor = weight * scale;
        TensorPrimitives.Multiply(z, T.CreateTruncating(factor) / sum, z);
        z[label] -= T.CreateTruncating(factor);
        if (softCap is not null)
            TensorPrimitives.Multiply(z, slope, z);
        return loss;
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
