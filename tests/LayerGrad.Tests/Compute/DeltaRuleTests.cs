using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;

namespace LayerGrad.Tests.Compute;

/// <summary>The gated delta rule in chunks against the recurrence, token by token.</summary>
public sealed class DeltaRuleTests
{
    private const int KeyHeads = 2, PerKey = 2, KeySize = 6, ValueSize = 5, Heads = KeyHeads * PerKey;

    private static readonly Segment[] s_segments = [new(0, 0, 1), new(1, 1, 63), new(2, 64, 64), new(3, 128, 65), new(4, 193, 200)];

    private static readonly int s_tokens = s_segments[^1].End;

    [Fact]
    public void Chunks_give_what_the_recurrence_gives_in_float64() => Difference<double>(0.2).ShouldBeLessThan(1e-13);

    [Fact]
    public void Chunks_give_what_the_recurrence_gives_in_float32() => Difference<float>(0.2).ShouldBeLessThan(2e-6);

    /// <summary>A decay of exp(−40) a token forgets everything; nothing overflows on the way.</summary>
    [Fact]
    public void Fast_decay_leaves_no_trace_and_no_infinity() => Difference<float>(40).ShouldBeLessThan(2e-6);

    [Fact]
    public void Without_decay_a_state_is_kept() => Difference<double>(0).ShouldBeLessThan(1e-12);

    [Fact]
    public void The_number_of_threads_changes_no_bit() => Outputs<float>(0.3, threads: 1).Output.ShouldBe(Outputs<float>(0.3, threads: 3).Output);

    private static double Difference<T>(double decay)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (inputs, output) = Outputs<T>(decay, threads: 2);
        var expected = Recurrence(inputs);
        output.ShouldAllBe(static value => double.IsFinite(value));
        return output.Zip(expected, static (ours, theirs) => Math.Abs(ours - theirs)).Max() / expected.Max(Math.Abs);
    }

    private static (double[][] Inputs, double[] Output) Outputs<T>(double decay, int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(11);
        using var device = new CpuDevice<T>(threads);
        var (query, key) = (Rounded<T>(Unit(random)), Rounded<T>(Unit(random)));
        var value = Rounded<T>(Draw(random, Heads * ValueSize, 1, 0));
        var logDecay = Rounded<T>([.. Draw(random, Heads, 1, 0).Select(g => -decay * Math.Abs(g))]);
        var rate = Rounded<T>([.. Draw(random, Heads, 1, 0).Select(static b => 1 / (1 + Math.Exp(-b)))]);
        using var memory = device.Allocate(query.Length + key.Length + (2L * value.Length) + logDecay.Length + rate.Length);
        using var states = device.Allocate((long)DeltaShape.StateRows(s_tokens) * DeltaShape.StateColumns(Heads, KeySize, ValueSize));
        var offset = 0L;
        var (q, k, v, g, b) = (Upload(query), Upload(key), Upload(value), Upload(logDecay), Upload(rate));
        var output = memory.AsMatrix(s_tokens, Heads * ValueSize, offset);
        device.DeltaRule(
            s_segments, new(q, KeyHeads, KeySize, KeySize), new(k, KeyHeads, KeySize, KeySize), new(v, Heads, ValueSize, ValueSize), g, b,
            new(output, Heads, ValueSize, ValueSize), states.AsMatrix(DeltaShape.StateRows(s_tokens), DeltaShape.StateColumns(Heads, KeySize, ValueSize)));
        var values = new T[output.Count];
        device.Download(output, values);
        return ([query, key, value, logDecay, rate], Array.ConvertAll(values, double.CreateTruncating));

        Matrix<T> Upload(double[] data)
        {
            var matrix = memory.AsMatrix(s_tokens, data.Length / s_tokens, offset);
            device.Upload(Array.ConvertAll(data, T.CreateTruncating), matrix);
            offset += data.Length;
            return matrix;
        }
    }

    private static double[] Recurrence(double[][] inputs)
    {
        var output = new double[s_tokens * Heads * ValueSize];
        foreach (var segment in s_segments)
        {
            for (var head = 0; head < Heads; head++)
            {
                var state = new double[KeySize, ValueSize];
                for (var t = segment.Start; t < segment.End; t++)
                    Step(inputs, state, t, head, output);
            }
        }

        return output;
    }

    private static void Step(double[][] inputs, double[,] state, int token, int head, double[] output)
    {
        var (query, key) = (Row(inputs[0], KeySize, KeyHeads, head / PerKey), Row(inputs[1], KeySize, KeyHeads, head / PerKey));
        var value = Row(inputs[2], ValueSize, Heads, head);
        var (decay, rate) = (Math.Exp(inputs[3][token * Heads + head]), inputs[4][token * Heads + head]);
        for (var column = 0; column < ValueSize; column++)
        {
            var known = 0.0;
            for (var i = 0; i < KeySize; i++)
                known += key[i] * (state[i, column] *= decay);
            var sum = 0.0;
            for (var i = 0; i < KeySize; i++)
                sum += query[i] * (state[i, column] += key[i] * rate * (value[column] - known));
            output[(token * Heads + head) * ValueSize + column] = sum;
        }

        double[] Row(double[] values, int size, int heads, int place) => [.. values.Skip((token * heads + place) * size).Take(size)];
    }

    /// <summary>Queries or keys of length 1.</summary>
    private static double[] Unit(Random random) => [.. Enumerable.Range(0, s_tokens * KeyHeads).SelectMany(_ =>
    {
        var row = Enumerable.Range(0, KeySize).Select(_ => GuardedMemory.Normal(random)).ToArray();
        var length = Math.Sqrt(row.Sum(static value => value * value));
        return row.Select(value => value / length);
    })];

    private static double[] Draw(Random random, int columns, double scale, double mean) =>
        [.. Enumerable.Range(0, s_tokens * columns).Select(_ => mean + scale * GuardedMemory.Normal(random))];

    private static double[] Rounded<T>(double[] values)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Array.ConvertAll(values, static value => double.CreateTruncating(T.CreateTruncating(value)));
}
