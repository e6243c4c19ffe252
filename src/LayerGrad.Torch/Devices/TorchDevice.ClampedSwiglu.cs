using LayerGrad.Compute;
using LayerGrad.Torch.Storage;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Devices;

/// <content>
/// The clamped gated activation of gpt-oss. With g' = min(g, limit), u' = clip(u, ±limit) and s = σ(slope · g'):
/// <code>
/// y = g' · s · (u' + 1)
/// dg = dy · (u' + 1) · (s + slope · g' · s · (1 − s)) · [g ≤ limit],   du = dy · g' · s · [|u| ≤ limit]
/// </code>
/// </content>
internal sealed partial class TorchDevice<T>
{
    /// <inheritdoc />
    public override void ClampedSwiglu(ClampedGate settings, Matrix<T> gateUp, Matrix<T> output)
    {
        RequireSameShape(gateUp with { Columns = gateUp.Columns / 2 }, output);
        ForRows(output.Rows, 4L * output.Columns * ElementBytes, (first, count) =>
        {
            var (gate, up, open) = Clamp(settings, gateUp.RowRange(first, count));
            output.RowRange(first, count).View().copy_(gate.mul_(open).mul_(up.add_(Number(1), One)));
        });
    }

    /// <inheritdoc />
    public override void ClampedSwigluBackward(ClampedGate settings, Matrix<T> gateUp, Matrix<T> dOutput, Matrix<T> dGateUp)
    {
        RequireSameShape(gateUp, dGateUp);
        ForRows(dOutput.Rows, 10L * dOutput.Columns * ElementBytes, (first, count) =>
        {
            var pairs = Pairs(gateUp.RowRange(first, count));
            var (inGate, inUp) = (pairs.select(2, 0).le(Number(settings.Limit)), pairs.select(2, 1).abs().le(Number(settings.Limit)));
            var (gate, up, open) = Clamp(settings, gateUp.RowRange(first, count));
            var dy = dOutput.RowRange(first, count).View();
            var gated = gate.mul(open);

            // s + slope · g' · s · (1 − s), with g' · s at hand.
            var slope = open.neg().add_(Number(1), One).mul_(gated).mul_(Number(settings.Slope)).add_(open, One);
            var gradients = Pairs(dGateUp.RowRange(first, count));
            gradients.select(2, 0).copy_(slope.mul_(up.add_(Number(1), One)).mul_(dy).mul_(inGate));
            gradients.select(2, 1).copy_(gated.mul_(dy).mul_(inUp));
        });
    }

    /// <summary>The clamped gates and ups of alternating columns, and the logistic function of the gates.</summary>
    private static (torch.Tensor Gate, torch.Tensor Up, torch.Tensor Open) Clamp(ClampedGate settings, Matrix<T> gateUp)
    {
        var pairs = Pairs(gateUp);
        var gate = pairs.select(2, 0).clamp(max: Number(settings.Limit));
        return (gate, pairs.select(2, 1).clamp(Number(-settings.Limit), Number(settings.Limit)), gate.mul(Number(settings.Slope)).sigmoid_());
    }

    /// <summary>rows x pairs x 2.</summary>
    private static torch.Tensor Pairs(Matrix<T> gateUp) => gateUp.Groups(gateUp.Columns / 2, 2, 2);
}
