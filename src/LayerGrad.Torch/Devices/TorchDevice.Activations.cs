using LayerGrad.Compute;
using LayerGrad.Torch.Storage;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Devices;

/// <content>Gated (SwiGLU, GeGLU: Shazeer 2020, arXiv 2002.05202) and plain activations.</content>
internal sealed partial class TorchDevice<T>
{
    /// <inheritdoc />
    public override void Activate(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> output)
    {
        RequireSameShape(gate, output);
        ForRows(gate.Rows, 3L * gate.Columns * ElementBytes, (first, count) =>
        {
            var value = Value(activation, gate.RowRange(first, count).View());
            if (up is { } factor)
                value.mul_(factor.RowRange(first, count).View());
            output.RowRange(first, count).View().copy_(value);
        });
    }

    /// <inheritdoc />
    public override void ActivateBackward(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> dOutput, Matrix<T> dGate, Matrix<T>? dUp)
    {
        RequireSameShape(gate, dOutput);
        ForRows(gate.Rows, 5L * gate.Columns * ElementBytes, (first, count) =>
        {
            var (value, slope) = ValueAndSlope(activation, gate.RowRange(first, count).View());
            var dy = dOutput.RowRange(first, count).View();
            slope.mul_(dy);
            if (up is { } factor)
            {
                slope.mul_(factor.RowRange(first, count).View());
                dUp!.Value.RowRange(first, count).View().copy_(value.mul_(dy));
            }

            dGate.RowRange(first, count).View().copy_(slope);
        });
    }

    private static torch.Tensor Value(Activation activation, torch.Tensor x) => activation switch
    {
        Activation.Silu => x.sigmoid().mul_(x),
        Activation.Sigmoid => x.sigmoid(),
        _ => ValueAndSlope(activation, x).Value,
    };

    /// <summary>The activation and its derivative.</summary>
    private static (torch.Tensor Value, torch.Tensor Slope) ValueAndSlope(Activation activation, torch.Tensor x) => activation switch
    {
        Activation.Silu => Silu(x),
        Activation.GeluTanh => GeluTanh(x),
        Activation.Gelu => Gelu(x),
        Activation.Relu => (x.relu(), x.gt(Number(0)).to(ElementType)),
        Activation.ReluSquared => (x.relu().mul_(x), x.relu().mul_(Number(2))),
        Activation.Sigmoid => Sigmoid(x),
        Activation.Identity => (x.clone(), torch.ones_like(x)),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown activation"),
    };

    // y = x·σ(x),   y' = σ(x) + y·(1 − σ(x)) = σ + y − y·σ
    private static (torch.Tensor Value, torch.Tensor Slope) Silu(torch.Tensor x)
    {
        var sigmoid = x.sigmoid();
        var value = x.mul(sigmoid);
        var rest = value.mul(sigmoid);
        return (value, sigmoid.add_(value, One).sub_(rest));
    }

    // y = σ(x),   y' = y·(1 − y)
    private static (torch.Tensor Value, torch.Tensor Slope) Sigmoid(torch.Tensor x)
    {
        var value = x.sigmoid();
        return (value, value.mul(value).neg_().add_(value, One));
    }

    // y = x/2·(1 + t),   t = tanh(c·(x + a·x³)),   y' = (1 + t)/2 + x/2·(1 − t²)·c·(1 + 3a·x²)
    private static (torch.Tensor Value, torch.Tensor Slope) GeluTanh(torch.Tensor x)
    {
        const double A = 0.044715;
        var c = Math.Sqrt(2 / Math.PI);
        var square = x.mul(x);
        var t = square.mul(Number(A * c)).add_(Number(c), One).mul_(x).tanh_();
        var half = t.add(Number(1), One).mul_(Number(0.5));
        var value = half.mul(x);
        var inner = square.mul_(Number(3 * A * c / 2)).add_(Number(c / 2), One).mul_(x);
        return (value, half.add_(inner.sub_(t.mul(t).mul_(inner)), One));
    }

    // y = x·Φ(x),   y' = Φ(x) + x·φ(x)
    private static (torch.Tensor Value, torch.Tensor Slope) Gelu(torch.Tensor x)
    {
        var cumulative = x.mul(Number(-1 / Math.Sqrt(2))).erfc_().mul_(Number(0.5));
        var value = x.mul(cumulative);
        var density = x.mul(x).mul_(Number(-0.5)).exp_().mul_(Number(1 / Math.Sqrt(2 * Math.PI)));
        return (value, cumulative.add_(density.mul_(x), One));
    }
}
