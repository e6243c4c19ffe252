using LayerGrad.Compute;
using LayerGrad.Torch.Storage;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Devices;

/// <content>
/// Softmax and cross-entropy in one: with z = cap·tanh(scale·logit / cap) (or scale·logit without a cap), the highest h, e = exp(z − h) and s the sum of e over
/// all tokens but the label,
/// <code>
/// loss = log(s + e[label]) − (z[label] − h),   d logit = weight · scale · e / (s + e[label]) · (1 − (z / cap)²),   at the label −s in place of e
/// </code>
/// No difference of nearly equal numbers is taken where the label has nearly all of the probability: the loss is log1p(s) where the label is the highest.
/// </content>
internal sealed partial class TorchDevice<T>
{
    /// <inheritdoc />
    public override DeviceResult<double[]> CrossEntropy(Matrix<T> logits, ReadOnlySpan<int> labels, ReadOnlySpan<double> rowWeights, double scale, double? softCap)
    {
        Transfers.Upload(logits.Rows * (sizeof(int) + (long)sizeof(double)));
        if (logits.Rows == 0)
            return new DeviceResult<double[]>([]);
        var rowLabels = Array.ConvertAll(labels.ToArray(), static label => (long)label);
        var factors = Array.ConvertAll(rowWeights.ToArray(), weight => weight * scale);
        return RowNumbers(logits.Rows, softCap is null ? 0 : logits.Columns, (first, count) => CrossEntropyRows(
            logits.RowRange(first, count).View(), ToDevice(rowLabels[first..(first + count)]).unsqueeze(1), ToDevice(factors[first..(first + count)]).unsqueeze(1), scale, softCap));
    }

    private static torch.Tensor CrossEntropyRows(torch.Tensor z, torch.Tensor label, torch.Tensor weight, double scale, double? softCap)
    {
        if (scale != 1)
            z.mul_(Number(scale));
        torch.Tensor? slope = null;
        if (softCap is { } cap)
            slope = CapScores(z, cap, wantSlope: true);
        var highest = z.amax([1L], keepdim: true);
        var labelled = z.gather(1, label).sub_(highest);
        z.sub_(highest).exp_();
        z.scatter_(1, label, torch.zeros_like(labelled));
        var others = z.sum([1L], keepdim: true).to(torch.ScalarType.Float64);
        labelled = labelled.to(torch.ScalarType.Float64);
        var total = labelled.exp().add_(others, One);
        var loss = torch.where(labelled.eq(Number(0)), others.log1p(), total.log().sub_(labelled));
        var factor = weight.div(total);
        z.mul_(factor.to(ElementType));
        z.scatter_(1, label, factor.mul(others).neg_().to(ElementType));
        if (slope is not null)
            z.mul_(slope);
        return loss.squeeze(1);
    }

    /// <summary>z = cap·tanh(z / cap), in place; 1 − tanh² where it is wanted.</summary>
    private static torch.Tensor? CapScores(torch.Tensor z, double cap, bool wantSlope)
    {
        z.div_(Number(cap)).tanh_();
        var slope = wantSlope ? z.mul(z).neg_().add_(Number(1), One) : null;
        z.mul_(Number(cap));
        return slope;
    }
}
