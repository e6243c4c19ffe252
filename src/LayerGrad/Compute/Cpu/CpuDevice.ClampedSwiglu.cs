using System.Numerics.Tensors;

namespace LayerGrad.Compute.Cpu;

/// <content>
/// The clamped gated activation of gpt-oss, a run of elements at a time. With g' = min(g, limit), u' = clip(u, ±limit) and s = σ(slope · g'):
/// <code>
/// y = g' · s · (u' + 1)
/// dg = dy · (u' + 1) · (s + slope · g' · s · (1 − s)) · [g ≤ limit],   du = dy · g' · s · [|u| ≤ limit]
/// </code>
/// </content>
internal partial class CpuDevice<T>
{
    /// <inheritdoc />
    public override void ClampedSwiglu(ClampedGate settings, Matrix<T> gateUp, Matrix<T> output)
    {
        RequireSameShape(gateUp with { Columns = gateUp.Columns / 2 }, output);
        ForRows(output.Rows, output.Columns * 6L, (first, last) =>
        {
            Span<T> gates = stackalloc T[ActivationRun];
            Span<T> ups = stackalloc T[ActivationRun];
            Span<T> open = stackalloc T[ActivationRun];
            for (var row = first; row < last; row++)
            {
                for (var start = 0; start < output.Columns; start += ActivationRun)
                {
                    var count = Math.Min(ActivationRun, output.Columns - start);
                    var gated = gates[..count];
                    Clamp(settings, gateUp.Row(row).Slice(2 * start, 2 * count), gated, ups[..count], open[..count]);
                    TensorPrimitives.Multiply(gated, open[..count], gated);
                    TensorPrimitives.MultiplyAdd(gated, ups[..count], gated, output.Row(row).Slice(start, count));
                }
            }
        });
    }

    /// <inheritdoc />
    public override void ClampedSwigluBackward(ClampedGate settings, Matrix<T> gateUp, Matrix<T> dOutput, Matrix<T> dGateUp)
    {
        RequireSameShape(gateUp, dGateUp);
        var (limit, slope) = (T.CreateTruncating(settings.Limit), T.CreateTruncating(settings.Slope));
        ForRows(dOutput.Rows, dOutput.Columns * 10L, (first, last) =>
        {
            Span<T> gates = stackalloc T[ActivationRun];
            Span<T> ups = stackalloc T[ActivationRun];
            Span<T> open = stackalloc T[ActivationRun];
            for (var row = first; row < last; row++)
            {
                for (var start = 0; start < dOutput.Columns; start += ActivationRun)
                {
                    var count = Math.Min(ActivationRun, dOutput.Columns - start);
                    var pairs = gateUp.Row(row).Slice(2 * start, 2 * count);
                    var gradient = dGateUp.Row(row).Slice(2 * start, 2 * count);
                    var dy = dOutput.Row(row).Slice(start, count);
                    Clamp(settings, pairs, gates[..count], ups[..count], open[..count]);
                    for (var i = 0; i < count; i++)
                    {
                        var (g, s) = (gates[i], open[i]);
                        var inGate = pairs[2 * i] <= limit;
                        var inUp = T.Abs(pairs[2 * i + 1]) <= limit;
                        gradient[2 * i] = inGate ? dy[i] * (ups[i] + T.One) * (s + slope * g * s * (T.One - s)) : T.Zero;
                        gradient[2 * i + 1] = inUp ? dy[i] * g * s : T.Zero;
                    }
                }
            }
        });
    }

    /// <summary>The clamped gates and ups of alternating columns, and the logistic function of the gates.</summary>
    private static void Clamp(ClampedGate settings, ReadOnlySpan<T> pairs, Span<T> gates, Span<T> ups, Span<T> open)
    {
        var limit = T.CreateTruncating(settings.Limit);
        for (var i = 0; i < gates.Length; i++)
        {
            gates[i] = T.Min(pairs[2 * i], limit);
            ups[i] = T.Clamp(pairs[2 * i + 1], -limit, limit);
        }

        TensorPrimitives.Multiply(gates, T.CreateTruncating(settings.Slope), open);
        TensorPrimitives.Sigmoid<T>(open, open);
    }
}
