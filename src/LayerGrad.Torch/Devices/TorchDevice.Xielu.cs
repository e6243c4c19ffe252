using LayerGrad.Compute;
using LayerGrad.Torch.Storage;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Devices;

/// <content>
/// xIELU (Huang and Schlag 2024, arXiv 2411.13010). With a = softplus(αₚ), c = β + softplus(αₙ) and m = min(x, ε):
/// <code>
/// x &gt; 0:  y = a·x² + β·x,                y' = 2a·x + β
/// x ≤ 0:  y = c·(eᵐ − 1 − x) + β·x,     y' = c·(eˣ·[x &lt; ε] − 1) + β
/// dαₚ = σ(αₚ) · Σ dy·x² [x &gt; 0],   dαₙ = σ(αₙ) · Σ dy·(eᵐ − 1 − x) [x ≤ 0]
/// </code>
/// In float64 throughout: beside β·x the differences are small. The parameters stay on the device.
/// </content>
internal sealed partial class TorchDevice<T>
{
    /// <inheritdoc />
    public override void Xielu(Matrix<T> x, XieluParameters<T> parameters, Matrix<T> y)
    {
        RequireSameShape(x, y);
        ForRows(x.Rows, 6L * x.Columns * sizeof(double), (first, count) =>
        {
            var f = XieluTensors.Of(parameters);
            var input = Double(x.RowRange(first, count).View());
            var positive = input.mul(input).mul_(f.Positive);
            var negative = f.Bend(input).mul_(f.Negative);
            y.RowRange(first, count).View().copy_(torch.where(input.gt(Number(0)), positive, negative).add_(input.mul(f.Beta), One));
        });
    }

    /// <inheritdoc />
    public override void XieluBackward(Matrix<T> x, XieluParameters<T> parameters, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dAlphaP, Matrix<T>? dAlphaN)
    {
        RequireSameShape(x, dy);
        ForRows(x.Rows, 7L * x.Columns * sizeof(double), (first, count) =>
        {
            var f = XieluTensors.Of(parameters);
            var input = Double(x.RowRange(first, count).View());
            var gradient = Double(dy.RowRange(first, count).View());
            var isPositive = input.gt(Number(0));

            // The parameters' gradients first: dx may overwrite x or dy.
            if (dAlphaP is { } dp)
                dp.View().add_(input.mul(input).mul_(gradient).mul_(isPositive).sum().mul(f.AlphaP.sigmoid()), One);
            if (dAlphaN is { } dn)
                dn.View().add_(f.Bend(input).mul_(gradient).mul_(isPositive.logical_not()).sum().mul(f.AlphaN.sigmoid()), One);
            var positive = input.mul(f.Positive).mul_(Number(2));
            var negative = input.exp().mul_(input.lt(f.Epsilon)).sub_(Number(1)).mul_(f.Negative);
            dx.RowRange(first, count).View().copy_(torch.where(isPositive, positive, negative).add_(f.Beta, One).mul_(gradient));
        });
    }

    private static torch.Tensor Double(torch.Tensor tensor) => tensor.to(torch.ScalarType.Float64);

    /// <summary>The function with its parameters as tensors of one element in float64.</summary>
    private readonly record struct XieluTensors(torch.Tensor AlphaP, torch.Tensor AlphaN, torch.Tensor Positive, torch.Tensor Negative, torch.Tensor Beta, torch.Tensor Epsilon)
    {
        public static XieluTensors Of(XieluParameters<T> parameters)
        {
            var (alphaP, alphaN, beta) = (Double(parameters.AlphaP.View()), Double(parameters.AlphaN.View()), Double(parameters.Beta.View()));
            return new XieluTensors(alphaP, alphaN, Softplus(alphaP), Softplus(alphaN).add_(beta, One), beta, Double(parameters.Epsilon.View()));
        }

        /// <summary>eᵐ − 1 − x.</summary>
        public torch.Tensor Bend(torch.Tensor x) => torch.minimum(x, Epsilon).exp_().sub_(Number(1)).sub_(x);

        /// <summary>As PyTorch has it, which beyond 20 is the identity.</summary>
        private static torch.Tensor Softplus(torch.Tensor x) => torch.where(x.gt(Number(20)), x, x.exp().add_(Number(1), One).log_());
    }
}
