using LayerGrad.Compute;
using LayerGrad.Torch.Storage;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Devices;

/// <content>
/// The logarithm of the decay of linear attention, a head a column. With s = softplus(x + b) and r = exp(a):
/// <code>
/// y = −r · s,   dx = −r · σ(x + b) · dy,   db += Σ dx,   da += Σ y · dy
/// </code>
/// In float64 throughout, where there is any: there are few elements, and a state multiplies up all of them.
/// </content>
internal sealed partial class TorchDevice<T>
{
    private torch.ScalarType DecayType => _target.type == DeviceType.MPS ? ElementType : torch.ScalarType.Float64;

    /// <inheritdoc />
    public override void LogDecay(Matrix<T> x, Parameter<T> logRate, Parameter<T> bias, Matrix<T> y)
    {
        RequireSameShape(x, y);
        Do(4 * sizeof(double) * x.Count, () => y.View().copy_(Decay(Argument(x, bias), logRate)));
    }

    /// <inheritdoc />
    public override void LogDecayBackward(Matrix<T> x, Parameter<T> logRate, Parameter<T> bias, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dLogRate, Matrix<T>? dBias)
    {
        RequireSameShape(x, dy);
        Do(6 * sizeof(double) * x.Count, () =>
        {
            var (argument, gradient) = (Argument(x, bias), dy.View().to(DecayType));
            if (dLogRate is { } ofRate)
                ofRate.View().add_(Decay(argument, logRate).mul_(gradient).sum([0L], keepdim: true), One);
            var slope = argument.sigmoid().mul_(logRate.View().to(DecayType, copy: true).exp_()).neg_().mul_(gradient);
            if (dBias is { } ofBias)
                ofBias.View().add_(slope.sum([0L], keepdim: true), One);
            dx.View().copy_(slope);
        });
    }

    private torch.Tensor Argument(Matrix<T> x, Parameter<T> bias) => x.View().to(DecayType).add(bias.View().to(DecayType), One);

    /// <summary>softplus(z) = max(z, 0) + log(1 + exp(−|z|)), which keeps small values and overflows nowhere.</summary>
    private torch.Tensor Decay(torch.Tensor argument, Parameter<T> logRate) =>
        argument.abs().neg_().exp_().log1p_().add_(argument.relu(), One).mul_(logRate.View().to(DecayType, copy: true).exp_()).neg_();
}
