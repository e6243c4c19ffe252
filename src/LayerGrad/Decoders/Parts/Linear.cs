using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// Linear layers that read one input and stand side by side in the columns of one output:
/// <code>
/// yᵢ = x Wᵢᵀ + bᵢ,   dx = Σ dyᵢ Wᵢ,   dWᵢ = dyᵢᵀ x (left to the sink, as factors),   dbᵢ = Σ rows of dyᵢ
/// </code>
/// </summary>
internal static class Linear
{
    /// <summary>y = x Wᵀ + b, layer by layer.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="x">tokens x inputs.</param>
    /// <param name="y">tokens x the outputs of all layers.</param>
    public static void Forward<T>(Pass<T> pass, IReadOnlyList<LinearSpecification> layers, Matrix<T> x, Matrix<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var column = 0;
        foreach (var layer in layers)
        {
            var output = y.ColumnRange(column, layer.Outputs);
            pass.Device.Multiply(x, pass.Weights[layer.Weight], true, output);
            if (pass.Weight(layer.Bias) is { } bias)
                pass.Device.AddRow(bias, output);
            column += layer.Outputs;
        }
    }

    /// <summary>The gradient of the input; those of weights and biases go to the sink.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="layers">The layers.</param>
    /// <param name="segments">Which rows belong to which example.</param>
    /// <param name="x">tokens x inputs, the forward's.</param>
    /// <param name="dy">tokens x the outputs of all layers.</param>
    /// <param name="dx">tokens x inputs, overwritten; null where nobody needs it.</param>
    public static void Backward<T>(
        Pass<T> pass, IReadOnlyList<LinearSpecification> layers, IReadOnlyList<Segment> segments, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        SendToSink(pass, layers, segments, x, dy);
        if (dx is not { } gradient)
            return;
        var column = 0;
        foreach (var layer in layers)
        {
            pass.Device.Multiply(dy.ColumnRange(column, layer.Outputs), pass.Weights[layer.Weight], false, gradient, beta: column == 0 ? 0 : 1);
            column += layer.Outputs;
        }
    }

    private static void SendToSink<T>(Pass<T> pass, IReadOnlyList<LinearSpecification> layers, IReadOnlyList<Segment> segments, Matrix<T> x, Matrix<T> dy)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (pass.Sink is not { } sink)
            return;
        var outputs = new List<LinearOutputGradient<T>>(layers.Count);
        var column = 0;
        foreach (var layer in layers)
        {
            var delta = dy.ColumnRange(column, layer.Outputs);
            if (pass.Accumulator(layer.Bias) is { } bias)
                pass.Device.SumRows(delta, bias);
            if (sink.Wants(layer.Weight))
                outputs.Add(new LinearOutputGradient<T>(layer, delta));
            column += layer.Outputs;
        }

        if (outputs.Count > 0)
            sink.Linear(new LinearGradient<T>(x, outputs, segments));
    }
}
