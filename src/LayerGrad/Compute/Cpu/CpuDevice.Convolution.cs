using System.Numerics.Tensors;

namespace LayerGrad.Compute.Cpu;

/// <content>
/// The causal convolution of each column by itself, a run of columns at a time, so that the taps of a run, a row for each place, stay in the first-level
/// cache. With K taps, the last of which is that of the token itself, and all within one example:
/// <code>
/// yₜ = b + Σⱼ wⱼ ∘ xₜ₋ⱼ,   dxₜ = Σⱼ wⱼ ∘ dyₜ₊ⱼ,   dwⱼ += Σₜ dyₜ ∘ xₜ₋ⱼ,   db += Σₜ dyₜ,   wⱼ the tap of j tokens before
/// </code>
/// </content>
internal partial class CpuDevice<T>
{
    private const int ConvolutionRun = 256;
    private const int MostTaps = 16;

    /// <inheritdoc />
    public override void Convolve(IReadOnlyList<Segment> segments, Matrix<T> x, Parameter<T> taps, Parameter<T>? bias, Matrix<T> y)
    {
        RequireSameShape(x, y);
        ForColumnRuns(x, taps.Columns, (first, count) =>
        {
            Span<T> weights = stackalloc T[ConvolutionRun * MostTaps];
            TapsOf(taps.AsMatrix(), first, count, weights);
            foreach (var segment in segments)
            {
                for (var t = 0; t < segment.Length; t++)
                {
                    var output = y.Row(segment.Start + t).Slice(first, count);
                    TensorPrimitives.Multiply(x.Row(segment.Start + t).Slice(first, count), weights[..count], output);
                    for (var j = 1; j < taps.Columns && j <= t; j++)
                        TensorPrimitives.MultiplyAdd(x.Row(segment.Start + t - j).Slice(first, count), weights.Slice(j * count, count), output, output);
                    if (bias is { } offsets)
                        TensorPrimitives.Add(output, offsets.AsMatrix().Row(0).Slice(first, count), output);
                }
            }
        });
    }

    /// <inheritdoc />
    public override void ConvolveBackward(
        IReadOnlyList<Segment> segments, Matrix<T> x, Parameter<T> taps, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dTaps, Matrix<T>? dBias)
    {
        RequireSameShape(x, dy);
        RequireSameShape(x, dx);
        if (dBias is { } sums)
            SumRows(dy, sums);
        ForColumnRuns(x, taps.Columns, (first, count) =>
        {
            Span<T> weights = stackalloc T[ConvolutionRun * MostTaps];
            TapsOf(taps.AsMatrix(), first, count, weights);
            foreach (var segment in segments)
            {
                for (var t = 0; t < segment.Length; t++)
                {
                    var gradient = dx.Row(segment.Start + t).Slice(first, count);
                    TensorPrimitives.Multiply(dy.Row(segment.Start + t).Slice(first, count), weights[..count], gradient);
                    for (var j = 1; j < taps.Columns && t + j < segment.Length; j++)
                        TensorPrimitives.MultiplyAdd(dy.Row(segment.Start + t + j).Slice(first, count), weights.Slice(j * count, count), gradient, gradient);
                }
            }

            if (dTaps is { } gradients)
                AddTapGradients(segments, x, dy, gradients, first, count);
        });
    }

    /// <summary>Each column by itself, and its tokens in order, so that no sum depends on the number of threads.</summary>
    private static void AddTapGradients(IReadOnlyList<Segment> segments, Matrix<T> x, Matrix<T> dy, Matrix<T> dTaps, int first, int count)
    {
        Span<T> sum = stackalloc T[ConvolutionRun];
        for (var j = 0; j < dTaps.Columns; j++)
        {
            sum[..count].Clear();
            foreach (var segment in segments)
            {
                for (var t = j; t < segment.Length; t++)
                    TensorPrimitives.MultiplyAdd(dy.Row(segment.Start + t).Slice(first, count), x.Row(segment.Start + t - j).Slice(first, count), sum[..count], sum[..count]);
            }

            for (var column = 0; column < count; column++)
                dTaps.Row(first + column)[dTaps.Columns - 1 - j] += sum[column];
        }
    }

    /// <summary>The taps of a run of columns, those of the token itself first.</summary>
    private static void TapsOf(Matrix<T> taps, int first, int count, Span<T> weights)
    {
        for (var column = 0; column < count; column++)
        {
            var row = taps.Row(first + column);
            for (var j = 0; j < row.Length; j++)
                weights[(j * count) + column] = row[row.Length - 1 - j];
        }
    }

    private void ForColumnRuns(Matrix<T> x, int taps, Action<int, int> body)
    {
        if (taps > MostTaps)
            throw new ArgumentOutOfRangeException(nameof(taps), taps, $"a convolution of more than {MostTaps} taps");
        ForRows((x.Columns + ConvolutionRun - 1) / ConvolutionRun, (long)x.Rows * ConvolutionRun * taps, (first, last) =>
        {
            for (var run = first; run < last; run++)
                body(run * ConvolutionRun, Math.Min(ConvolutionRun, x.Columns - (run * ConvolutionRun)));
        });
    }
}
