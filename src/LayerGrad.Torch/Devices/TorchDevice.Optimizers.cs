using LayerGrad.Compute;
using LayerGrad.Torch.Storage;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Devices;

/// <content>The steps of optimisers.</content>
internal sealed partial class TorchDevice<T>
{
    /// <inheritdoc />
    public override void AdamW(Matrix<T> weight, Matrix<T> gradient, Matrix<T> firstMoment, Matrix<T> secondMoment, AdamWUpdate update)
    {
        RequireSameShape(weight, gradient);
        RequireSameShape(weight, firstMoment);
        RequireSameShape(weight, secondMoment);
        var root = Math.Sqrt(1 - Math.Pow(update.Beta2, update.Step));
        var step = update.LearningRate / (1 - Math.Pow(update.Beta1, update.Step));
        ForRows(weight.Rows, 2L * weight.Columns * ElementBytes, (from, count) =>
        {
            var (w, g) = (weight.RowRange(from, count).View(), gradient.RowRange(from, count).View());
            var (first, second) = (firstMoment.RowRange(from, count).View(), secondMoment.RowRange(from, count).View());
            w.mul_(Number(1 - update.LearningRate * update.WeightDecay));
            first.add_(g.sub(first), Number(1 - update.Beta1));
            second.mul_(Number(update.Beta2)).addcmul_(g, g, Number(1 - update.Beta2));
            w.addcdiv_(first, second.sqrt().div_(Number(root)).add_(Number(update.Epsilon), One), Number(-step));
        });
    }
}
