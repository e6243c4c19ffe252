using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Gradients.Adapters;

/// <summary>
/// Gives another sink the gradients of an adapter's A and B, as factors, from those of the weights that it adapts. For W + s B A with the gradient Δᵀ X
/// <code>
/// dA = (s Δ B)ᵀ X,   dB = Δᵀ (s X Aᵀ)
/// </code>
/// and with DoRA the same with each column of Δ times its output's length. No gradient of a weight is formed.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="device">Where the gradients are.</param>
/// <param name="factors">A and B.</param>
/// <param name="inner">What takes the gradients, those of A and B under their own names; a weight's own where it wants them.</param>
internal sealed class AdapterSink<T>(Device<T> device, AdapterFactors<T> factors, IGradientSink<T> inner) : IGradientSink<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The rows of Δ that are multiplied by the outputs' lengths at once.</summary>
    private const int RowsAtOnce = 256;

    /// <summary>What such a sink will ask for and take, with the sink that it serves.</summary>
    /// <param name="inner">What is known of that.</param>
    /// <param name="specification">The model.</param>
    public static PlannedSink Planned(PlannedSink inner, DecoderSpecification specification)
    {
        var adapters = specification.Adapters.Where(adapter => inner.Wants(adapter.A.Weight) || inner.Wants(adapter.B.Weight)).ToList();
        if (adapters.Count == 0)
            return inner;
        var weights = adapters.Select(static adapter => adapter.Weight).ToHashSet(StringComparer.Ordinal);

        // The layers that read one input come in one call.
        var together = specification.Groups.Select(group => group.Linears.Select(static linear => linear.Weight.Name).ToHashSet(StringComparer.Ordinal))
            .Select(names => adapters.Where(adapter => names.Contains(adapter.Weight)).Sum(static adapter => (long)adapter.Module.Rank)).DefaultIfEmpty(0).Max();
        var ofB = adapters.Max(static adapter => adapter.Module.Rank + (adapter.IsDora ? (long)adapter.B.Outputs : 0));
        var widest = adapters.Where(static adapter => adapter.IsDora).Select(static adapter => (long)adapter.B.Outputs).DefaultIfEmpty(0).Max();
        var held = AdapterFactors<T>.Elements(specification.Adapters);
        return inner with
        {
            Wants = weight => weights.Contains(weight.Name) || inner.Wants(weight),
            Memory = (tokens, longest) =>
            [
                .. inner.Memory(tokens, longest),
                new MemoryPart("adapter", (held + tokens * Math.Max(together, ofB) + RowsAtOnce * widest) * Unsafe.SizeOf<T>()),
            ],
        };
    }

    /// <summary>A and B on a device, where a sink wants their gradients; null where it does not.</summary>
    /// <param name="device">The device.</param>
    /// <param name="specification">The model.</param>
    /// <param name="sink">The sink.</param>
    public static AdapterFactors<T>? FactorsFor(Device<T> device, DecoderSpecification specification, IGradientSink<T> sink) =>
        specification.Adapters.Any(adapter => sink.Wants(adapter.A.Weight) || sink.Wants(adapter.B.Weight)) ? new AdapterFactors<T>(device, specification.Adapters) : null;

    /// <summary>A sink by itself, or behind one that gives it the gradients of A and B.</summary>
    /// <param name="device">Where the gradients are.</param>
    /// <param name="factors">A and B; null where nobody wants their gradients.</param>
    /// <param name="sink">The sink.</param>
    public static IGradientSink<T> Over(Device<T> device, AdapterFactors<T>? factors, IGradientSink<T> sink) => factors is null ? sink : new AdapterSink<T>(device, factors, sink);

    /// <inheritdoc />
    public bool Wants(ParameterSpecification weight) =>
        inner.Wants(weight) || factors.Of(weight.Name).Any(factor => inner.Wants(factor.Adapter.A.Weight) || inner.Wants(factor.Adapter.B.Weight));

    /// <inheritdoc />
    public Matrix<T>? Accumulator(ParameterSpecification parameter) => inner.Accumulator(parameter);

    /// <inheritdoc />
    public void Begin(int examples) => inner.Begin(examples);

    /// <inheritdoc />
    public void End(IReadOnlyList<double> losses) => inner.End(losses);

    /// <inheritdoc />
    public void Linear(LinearGradient<T> gradient)
    {
        var own = gradient.Outputs.Where(output => inner.Wants(output.Linear.Weight)).ToList();
        if (own.Count > 0)
            inner.Linear(gradient with { Outputs = own });
        var adapted = gradient.Outputs.SelectMany(output => factors.Of(output.Linear.Weight.Name).Select(factor => (
            Factor: factor, Delta: output.Delta.ColumnRange(factor.Adapter.FirstOutput, factor.Adapter.B.Outputs)))).ToList();
        SendA(gradient, adapted.FindAll(entry => inner.Wants(entry.Factor.Adapter.A.Weight)));
        foreach (var (factor, delta) in adapted)
        {
            if (inner.Wants(factor.Adapter.B.Weight))
                SendB(gradient, factor, delta);
        }
    }

    private void SendA(LinearGradient<T> gradient, List<(AdapterFactor<T> Factor, Matrix<T> Delta)> wanted)
    {
        if (wanted.Count == 0)
            return;
        var rows = gradient.Input.Rows;
        using var memory = device.Allocate((long)rows * wanted.Sum(static entry => entry.Factor.A.Rows));
        var outputs = new List<LinearOutputGradient<T>>(wanted.Count);
        var offset = 0L;
        foreach (var (factor, delta) in wanted)
        {
            var through = memory.AsMatrix(rows, factor.A.Rows, offset);
            device.Multiply(delta, false, factor.B, false, through, factor.Adapter.Module.Scale);
            outputs.Add(new LinearOutputGradient<T>(factor.Adapter.A, through));
            offset += through.Count;
        }

        inner.Linear(new LinearGradient<T>(gradient.Input, outputs, gradient.Segments));
    }

    private void SendB(LinearGradient<T> gradient, AdapterFactor<T> factor, Matrix<T> delta)
    {
        var rows = gradient.Input.Rows;
        using var memory = device.Allocate((long)rows * factor.A.Rows);
        var projected = memory.AsMatrix(rows, factor.A.Rows);
        device.Multiply(gradient.Input, false, factor.A, true, projected, factor.Adapter.Module.Scale);
        using var scaled = factor.Lengths is { } lengths ? Scaled(delta, lengths) : null;
        inner.Linear(new LinearGradient<T>(
            projected, [new LinearOutputGradient<T>(factor.Adapter.B, scaled?.AsMatrix(rows, delta.Columns) ?? delta)], gradient.Segments));
    }

    /// <summary>Δ with each column times its output's length.</summary>
    private DeviceMemory<T> Scaled(Matrix<T> delta, Parameter<T> lengths)
    {
        var memory = device.Allocate((long)delta.Rows * delta.Columns);
        try
        {
            var (scaled, most) = (memory.AsMatrix(delta.Rows, delta.Columns), Math.Min(RowsAtOnce, delta.Rows));
            using var repeated = device.Allocate((long)most * delta.Columns);
            var factor = repeated.AsMatrix(most, delta.Columns);
            device.Clear(factor);
            device.AddRow(lengths, factor);
            for (var row = 0; row < delta.Rows; row += most)
            {
                var count = Math.Min(most, delta.Rows - row);
                device.Activate(Activation.Identity, delta.RowRange(row, count), factor.RowRange(0, count), scaled.RowRange(row, count));
            }

            return memory;
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }
}
