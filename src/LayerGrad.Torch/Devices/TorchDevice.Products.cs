using LayerGrad.Compute;
using LayerGrad.Torch.Storage;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Devices;

/// <content>
/// Products. In bf16 those with weights multiply bfloat16 by bfloat16 and sum in float32; their result is rounded to bfloat16 once and then stands in float32, as all streams do. Products of two matrices,
/// which only statistics and training ask for, stay in float32.
/// </content>
internal sealed partial class TorchDevice<T>
{
    /// <inheritdoc />
    public override void Multiply(Matrix<T> a, bool transposeA, Matrix<T> b, bool transposeB, Matrix<T> c, double alpha = 1, double beta = 0)
    {
        RequireProduct(transposeA ? (a.Columns, a.Rows) : (a.Rows, a.Columns), transposeB ? (b.Columns, b.Rows) : (b.Rows, b.Columns), c);
        if (c.Count == 0)
            return;
        Do(0, () =>
        {
            var (left, right) = (Turned(a.View(), transposeA), Turned(b.View(), transposeB));
            Product(c.View(), left, right, alpha, beta);
        });
    }

    /// <inheritdoc />
    public override void Multiply(Matrix<T> x, Parameter<T> weight, bool transposeWeight, Matrix<T> y, double beta = 0)
    {
        RequireProduct((x.Rows, x.Columns), transposeWeight ? (weight.Columns, weight.Rows) : (weight.Rows, weight.Columns), y);
        if (y.Count == 0)
            return;
        if (_precision == Precision.BFloat16)
        {
            MultiplyNarrow(x, weight, transposeWeight, y, beta);
            return;
        }

        Do(weight.Memory.Storage == ParameterStorage.Element ? 0 : weight.Count * ElementBytes, () =>
            Product(y.View(), x.View(), Turned(Wide(weight), transposeWeight), 1, beta));
    }

    private void MultiplyNarrow(Matrix<T> x, Parameter<T> weight, bool transposeWeight, Matrix<T> y, double beta)
    {
        var narrowed = weight.Memory.Storage == ParameterStorage.Element ? weight.Count : 0;
        Do(sizeof(ushort) * (x.Count + y.Count + narrowed), () =>
        {
            var product = x.View().to(torch.ScalarType.BFloat16).mm(Turned(weight.View().to(torch.ScalarType.BFloat16), transposeWeight));
            var to = y.View();
            if (beta == 0)
            {
                to.copy_(product);
                return;
            }

            if (beta != 1)
                to.mul_(Number(beta));
            to.add_(product, One);
        });
    }

    /// <summary>c = alpha · left · right + beta · c. TorchSharp hands factors over as float32: others than those are applied apart.</summary>
    private static void Product(torch.Tensor c, torch.Tensor left, torch.Tensor right, double alpha, double beta)
    {
        if ((float)alpha != alpha)
        {
            left = left.mul(Number(alpha));
            alpha = 1;
        }

        if ((float)beta != beta)
        {
            c.mul_(Number(beta));
            beta = 1;
        }

        c.addmm_(left, right, (float)beta, (float)alpha);
    }

    private static torch.Tensor Turned(torch.Tensor matrix, bool transpose) => transpose ? matrix.transpose(0, 1) : matrix;

    private static void RequireProduct((int Rows, int Columns) a, (int Rows, int Columns) b, Matrix<T> c)
    {
        if (a.Columns != b.Rows || c.Rows != a.Rows || c.Columns != b.Columns)
            throw new ArgumentException($"({a.Rows} x {a.Columns}) times ({b.Rows} x {b.Columns}) into ({c.Rows} x {c.Columns})", nameof(c));
    }
}
