using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;

namespace LayerGrad.Tests.Compute;

/// <summary>Operations that are computed in blocks or fused, against their formula written out number by number.</summary>
public sealed class UnfusedOperationTests
{
    private static readonly Segment[] s_segments = [new(0, 0, 1), new(1, 1, 70), new(2, 71, 130)];

    private static readonly int s_tokens = s_segments[^1].End;

    [Theory]
    [InlineData(null, null, false)]
    [InlineData(null, null, true)]
    [InlineData(20, null, true)]
    [InlineData(66, 1.5, true)]
    public void Attention_is_the_softmax_over_keys_and_sink(int? window, double? cap, bool hasSinks)
    {
        const int Heads = 4, KeyHeads = 2, Size = 3, ValueSize = 5;
        var random = new Random(7);
        var (query, key, value) = (Draw(random, s_tokens * Heads * Size), Draw(random, s_tokens * KeyHeads * Size), Draw(random, s_tokens * KeyHeads * ValueSize));
        double[]? sinks = hasSinks ? Draw(random, Heads) : null;
        using var device = new CpuDevice<double>(2);
        using var memory = new Room(device, 1 << 14);
        var output = memory.Empty(s_tokens, Heads * ValueSize);
        device.Attend(
            new AttentionShape(0.6, cap, window), s_segments, new(memory.Holding(query, Heads * Size), Heads, Size, Size), new(memory.Holding(key, KeyHeads * Size), KeyHeads, Size, Size),
            new(memory.Holding(value, KeyHeads * ValueSize), KeyHeads, ValueSize, ValueSize), new(output, Heads, ValueSize, ValueSize), memory.Empty(s_tokens, Heads),
            sinks is null ? null : memory.Holding(sinks, Heads));

        var expected = new double[output.Count];
        foreach (var segment in s_segments)
        {
            for (var t = segment.Start; t < segment.End; t++)
            {
                for (var head = 0; head < Heads; head++)
                {
                    var first = window is { } width ? Math.Max(segment.Start, t - width + 1) : segment.Start;
                    var scores = Enumerable.Range(first, t - first + 1).Select(other => Score(other, head)).ToArray();
                    var weights = scores.Select(Math.Exp).ToArray();
                    var sum = weights.Sum() + (sinks is null ? 0 : Math.Exp(sinks[head]));
                    for (var column = 0; column < ValueSize; column++)
                    {
                        expected[(((t * Heads) + head) * ValueSize) + column] = weights
                            .Select((weight, i) => weight / sum * value[((((first + i) * KeyHeads) + (head / 2)) * ValueSize) + column]).Sum();
                    }

                    double Score(int other, int h)
                    {
                        var score = 0.6 * Enumerable.Range(0, Size).Sum(i => query[(((t * Heads) + h) * Size) + i] * key[(((other * KeyHeads) + (h / 2)) * Size) + i]);
                        return cap is { } most ? most * Math.Tanh(score / most) : score;
                    }
                }
            }
        }

        Matrices.ShouldBeNear(device.Read(output).Wait(), expected, 1e-13);
    }

    [Fact]
    public void The_clamped_gate_is_its_formula()
    {
        var gateUp = Draw(new Random(5), 4 * 10);
        using var device = new CpuDevice<double>(1);
        using var memory = new Room(device, 100);
        var output = memory.Empty(4, 5);
        device.ClampedSwiglu(new ClampedGate(0.7, 1.702), memory.Holding(gateUp, 10), output);

        var expected = gateUp.Chunk(2).Select(static pair =>
        {
            var (gate, up) = (Math.Min(pair[0], 0.7), Math.Clamp(pair[1], -0.7, 0.7));
            return gate / (1 + Math.Exp(-1.702 * gate)) * (up + 1);
        });
        Matrices.ShouldBeNear(device.Read(output).Wait(), [.. expected], 1e-14);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_convolution_sees_its_own_example_and_the_past_alone(int taps)
    {
        const int Columns = 3;
        var random = new Random(9);
        var (x, weights, bias) = (Draw(random, s_tokens * Columns), Draw(random, Columns * taps), Draw(random, Columns));
        using var device = new CpuDevice<double>(2);
        using var memory = new Room(device, 1 << 12);
        var output = memory.Empty(s_tokens, Columns);
        device.Convolve(s_segments, memory.Holding(x, Columns), memory.Holding(weights, taps), memory.Holding(bias, Columns), output);

        var expected = new double[output.Count];
        foreach (var segment in s_segments)
        {
            for (var t = segment.Start; t < segment.End; t++)
            {
                for (var column = 0; column < Columns; column++)
                {
                    expected[(t * Columns) + column] = bias[column] + Enumerable.Range(0, taps).Where(j => t - j >= segment.Start)
                        .Sum(j => weights[(column * taps) + taps - 1 - j] * x[((t - j) * Columns) + column]);
                }
            }
        }

        Matrices.ShouldBeNear(device.Read(output).Wait(), expected, 1e-14);
    }

    /// <summary>What a row is scaled by is one number, which the sum of squares gives in float64: only it and the product are rounded.</summary>
    [Theory]
    [InlineData(12, 1e-3)]
    [InlineData(700, 1e3)]
    public void A_normalised_row_in_float32_is_rounded_twice(int columns, double size)
    {
        const int Rows = 200;
        const double Epsilon = 1e-6;
        var x = Array.ConvertAll(Draw(new Random(13), Rows * columns), value => (float)(size * value));
        using var device = new CpuDevice<float>(1);
        using var memory = device.Allocate(x.Length);
        var matrix = memory.AsMatrix(Rows, columns);
        device.Upload(x, matrix);
        device.Normalize(new NormShape(NormKind.Rms, 1, columns, columns, Epsilon, false, false), matrix, null, null, matrix);

        var normalised = device.Read(matrix).Wait();
        for (var row = 0; row < Rows; row++)
        {
            var values = x.AsSpan(row * columns, columns).ToArray();
            var scale = 1 / Math.Sqrt((values.Sum(static value => (double)value * value) / columns) + Epsilon);
            for (var column = 0; column < columns; column++)
                ((double)normalised[(row * columns) + column]).ShouldBe(values[column] * scale, Math.Abs(values[column] * scale) * 1.25e-7);
        }
    }

    private static double[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (4 * random.NextDouble()) - 2)];

    /// <summary>Device memory that is dealt out piece by piece.</summary>
    private sealed class Room(Device<double> device, long length) : IDisposable
    {
        private readonly DeviceMemory<double> _memory = device.Allocate(length);
        private long _taken;

        public Matrix<double> Empty(int rows, int columns)
        {
            var matrix = _memory.AsMatrix(rows, columns, _taken);
            _taken += matrix.Count;
            return matrix;
        }

        public Matrix<double> Holding(double[] values, int columns)
        {
            var matrix = Empty(values.Length / columns, columns);
            device.Upload(values, matrix);
            return matrix;
        }

        public void Dispose() => _memory.Dispose();
    }
}
