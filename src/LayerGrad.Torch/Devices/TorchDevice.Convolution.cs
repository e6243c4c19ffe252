using LayerGrad.Compute;
using LayerGrad.Torch.Storage;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Devices;

/// <content>
/// The causal convolution of each column by itself. With K taps, the last of which is that of the token itself, and all within one example:
/// <code>
/// yₜ = b + Σⱼ wⱼ ∘ xₜ₋ⱼ,   dxₜ = Σⱼ wⱼ ∘ dyₜ₊ⱼ,   dwⱼ += Σₜ dyₜ ∘ xₜ₋ⱼ,   db += Σₜ dyₜ,   wⱼ the tap of j tokens before
/// </code>
/// </content>
internal sealed partial class TorchDevice<T>
{
    /// <inheritdoc />
    public override void Convolve(IReadOnlyList<Segment> segments, Matrix<T> x, Parameter<T> taps, Parameter<T>? bias, Matrix<T> y)
    {
        RequireSameShape(x, y);
        foreach (var group in ExamplesOf(segments).Groups)
        {
            Do(2 * ElementBytes * group.PaddedRows * x.Columns, () =>
            {
                var (input, weights) = (group.Of(x.View()), Wide(taps));
                var output = input.mul(Tap(weights, 0));
                for (var j = 1; j < taps.Columns && j < group.Longest; j++)
                    output.narrow(1, j, group.Longest - j).addcmul_(input.narrow(1, 0, group.Longest - j), Tap(weights, j), Number(1));
                if (bias is { } offsets)
                    output.add_(Wide(offsets), One);
                group.Store(output, y.View());
            });
        }
    }

    /// <inheritdoc />
    public override void ConvolveBackward(
        IReadOnlyList<Segment> segments, Matrix<T> x, Parameter<T> taps, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dTaps, Matrix<T>? dBias)
    {
        RequireSameShape(x, dy);
        RequireSameShape(x, dx);
        if (dBias is { } sums)
            SumRows(dy, sums);
        foreach (var group in ExamplesOf(segments).Groups)
        {
            Do(4 * ElementBytes * group.PaddedRows * x.Columns, () =>
            {
                var (input, gradient, weights) = (group.Of(x.View()), group.Of(dy.View()), Wide(taps));
                var result = gradient.mul(Tap(weights, 0));
                for (var j = 0; j < taps.Columns && j < group.Longest; j++)
                {
                    var (later, earlier) = (gradient.narrow(1, j, group.Longest - j), input.narrow(1, 0, group.Longest - j));
                    if (j > 0)
                        result.narrow(1, 0, group.Longest - j).addcmul_(later, Tap(weights, j), Number(1));
                    if (dTaps is { } tapGradients)
                        Tap(tapGradients.View(), j).add_(later.mul(earlier).sum([0L, 1L]), One);
                }

                group.Store(result, dx.View());
            });
        }
    }

    /// <summary>The taps of j tokens before, one for each column.</summary>
    private static torch.Tensor Tap(torch.Tensor taps, int j) => taps.select(1, taps.size(1) - 1 - j);
}
