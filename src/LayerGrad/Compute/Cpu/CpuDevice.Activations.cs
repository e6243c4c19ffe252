using System.Numerics;
using System.Numerics.Tensors;
using MathNet.Numerics;

namespace LayerGrad.Compute.Cpu;

/// <content>
/// Gated (SwiGLU, GeGLU: Shazeer 2020, arXiv 2002.05202) and plain activations, a run of elements at a time so that
/// what passes between the vectorised steps stays in the first-level cache.
/// </content>
internal partial class CpuDevice<T>
{
    private const int ActivationRun = 512;

    /// <inheritdoc />
    public override void Activate(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> output)
    {
        RequireSameShape(gate, output);
        ForRows(gate.Rows, gate.Columns * 4L, (first, last) =>
        {
            for (var row = first; row < last; row++)
            {
                var y = output.Row(row);
                Forward(activation, gate.Row(row), y);
                if (up is { } factor)
                    TensorPrimitives.Multiply(y, factor.Row(row), y);
            }
        });
    }

    /// <inheritdoc />
    public override void ActivateBackward(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> dOutput, Matrix<T> dGate, Matrix<T>? dUp)
    {
        RequireSameShape(gate, dOutput);
        ForRows(gate.Rows, gate.Columns * 8L, (first, last) =>
        {
            Span<T> value = stackalloc T[ActivationRun];
            Span<T> slope = stackalloc T[ActivationRun];
            for (var row = first; row < last; row++)
            {
                for (var start = 0; start < gate.Columns; start += ActivationRun)
                {
                    var count = Math.Min(ActivationRun, gate.Columns - start);
                    var v = value[..count];
                    var s = slope[..count];
                    var dy = dOutput.Row(row).Slice(start, count);
                    ValueAndSlope(activation, gate.Row(row).Slice(start, count), v, s);
                    TensorPrimitives.Multiply(s, dy, s);
                    if (up is { } factor)
                    {
                        TensorPrimitives.Multiply(s, factor.Row(row).Slice(start, count), s);
                        TensorPrimitives.Multiply(v, dy, dUp!.Value.Row(row).Slice(start, count));
                    }

                    s.CopyTo(dGate.Row(row).Slice(start, count));
                }
            }
        });
    }

    private static void Forward(Activation activation, ReadOnlySpan<T> x, Span<T> y)
    {
        Span<T> value = stackalloc T[ActivationRun];
        Span<T> slope = stackalloc T[ActivationRun];
        for (var start = 0; start < x.Length; start += ActivationRun)
        {
            var count = Math.Min(ActivationRun, x.Length - start);
            if (activation == Activation.Silu)
            {
                // The gate may be overwritten by the output, so x is read before y is written.
                TensorPrimitives.Sigmoid(x.Slice(start, count), value[..count]);
                TensorPrimitives.Multiply(x.Slice(start, count), value[..count], y.Slice(start, count));
                continue;
            }

            ValueAndSlope(activation, x.Slice(start, count), value[..count], slope[..count]);
            value[..count].CopyTo(y.Slice(start, count));
        }
    }

    /// <summary>The activation and its derivative.</summary>
    private static void ValueAndSlope(Activation activation, ReadOnlySpan<T> x, Span<T> value, Span<T> slope)
    {
        switch (activation)
        {
            case Activation.Silu:
                SiluValueAndSlope(x, value, slope);
                break;
            case Activation.GeluTanh:
                GeluTanhValueAndSlope(x, value, slope);
                break;
            case Activation.Gelu:
                GeluValueAndSlope(x, value, slope);
                break;
            case Activation.Relu:
                for (var i = 0; i < x.Length; i++)
                    (value[i], slope[i]) = x[i] > T.Zero ? (x[i], T.One) : (x[i] * T.Zero, T.Zero);
                break;
            case Activation.Identity:
                x.CopyTo(value);
                slope.Fill(T.One);
                break;
            case Activation.Sigmoid:
                TensorPrimitives.Sigmoid(x, value);
                for (var i = 0; i < x.Length; i++)
                    slope[i] = value[i] * (T.One - value[i]);
                break;
            case Activation.ReluSquared:
                for (var i = 0; i < x.Length; i++)
                    (value[i], slope[i]) = x[i] > T.Zero ? (x[i] * x[i], x[i] + x[i]) : (x[i] * T.Zero, T.Zero);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown activation");
        }
    }

    // y = x·σ(x),   y' = σ(x) + y·(1 − σ(x)) = σ + y − y·σ
    private static void SiluValueAndSlope(ReadOnlySpan<T> x, Span<T> value, Span<T> slope)
    {
        TensorPrimitives.Sigmoid(x, slope);
        TensorPrimitives.Multiply(x, slope, value);
        var i = 0;
        for (; i <= slope.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var sigmoid = new Vector<T>(slope[i..]);
            (sigmoid + new Vector<T>(value[i..]) * (Vector<T>.One - sigmoid)).CopyTo(slope[i..]);
        }

        for (; i < slope.Length; i++)
            slope[i] = slope[i] + value[i] * (T.One - slope[i]);
    }

    // y = x/2·(1 + t),   t = tanh(c·(x + a·x³)),   y' = (1 + t)/2 + x/2·(1 − t²)·c·(1 + 3a·x²)
    private static void GeluTanhValueAndSlope(ReadOnlySpan<T> x, Span<T> value, Span<T> slope)
    {
        var c = T.CreateTruncating(Math.Sqrt(2 / Math.PI));
        var a = T.CreateTruncating(0.044715);
        var (half, three) = (T.CreateTruncating(0.5), T.CreateTruncating(3));
        for (var j = 0; j < x.Length; j++)
            value[j] = c * (x[j] + a * x[j] * x[j] * x[j]);
        TensorPrimitives.Tanh(value, slope);
        var i = 0;
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var (v, t) = (new Vector<T>(x[i..]), new Vector<T>(slope[i..]));
            (half * v * (Vector<T>.One + t)).CopyTo(value[i..]);
            (half * (Vector<T>.One + t) + half * v * (Vector<T>.One - t * t) * c * (Vector<T>.One + three * a * v * v)).CopyTo(slope[i..]);
        }

        for (; i < x.Length; i++)
        {
            var t = slope[i];
            value[i] = half * x[i] * (T.One + t);
            slope[i] = half * (T.One + t) + half * x[i] * (T.One - t * t) * c * (T.One + three * a * x[i] * x[i]);
        }
    }

    // y = x·Φ(x),   y' = Φ(x) + x·φ(x)
    private static void GeluValueAndSlope(ReadOnlySpan<T> x, Span<T> value, Span<T> slope)
    {
        for (var i = 0; i < x.Length; i++)
        {
            var z = double.CreateTruncating(x[i]);
            var cumulative = 0.5 * SpecialFunctions.Erfc(-z / Constants.Sqrt2);
            value[i] = T.CreateTruncating(z * cumulative);
            slope[i] = T.CreateTruncating(cumulative + z * Math.Exp(-0.5 * z * z) * Constants.InvSqrt2Pi);
        }
    }
}
