using LayerGrad.Compute;

namespace LayerGrad.Tests.Compute;

/// <summary>The operations that <see cref="OperationGradientTests"/> tries.</summary>
internal static class OperationCases
{
    private static readonly Segment[] s_segments = [new(0, 0, 5), new(1, 5, 1), new(2, 6, 6)];

    public static IReadOnlyDictionary<string, OperationCase> All { get; } = new Dictionary<string, OperationCase>
    {
        ["rms norm"] = Norm(new NormShape(NormKind.Rms, 1, 7, 0, 1e-5, false, false)),
        ["rms norm whose weight is the difference from one"] = Norm(new NormShape(NormKind.Rms, 1, 7, 0, 1e-5, true, false)),
        ["rms norm of heads with one weight"] = Norm(new NormShape(NormKind.Rms, 3, 4, 4, 1e-6, false, false)),
        ["rms norm of heads that interleave, one from the difference"] = Norm(new NormShape(NormKind.Rms, 3, 4, 9, 1e-6, true, false)),
        ["layer norm with a bias"] = Norm(new NormShape(NormKind.Layer, 1, 7, 0, 1e-5, false, false), bias: true),
        ["layer norm of heads with a weight each"] = Norm(new NormShape(NormKind.Layer, 3, 4, 4, 1e-5, false, true)),
        ["layer norm of heads with a weight and a bias each"] = Norm(new NormShape(NormKind.Layer, 2, 5, 7, 1e-5, false, true), bias: true),
        ["layer norm of heads with one weight and bias"] = Norm(new NormShape(NormKind.Layer, 3, 4, 4, 1e-5, false, false), bias: true),
        ["layer norm without a weight"] = Norm(new NormShape(NormKind.Layer, 1, 7, 0, 1e-5, false, false), weight: false),
        ["layer norm added to a gradient"] = Norm(new NormShape(NormKind.Layer, 1, 7, 0, 1e-5, false, false), bias: true, accumulate: true),
        ["rms norm added to a gradient"] = Norm(new NormShape(NormKind.Rms, 1, 7, 0, 1e-5, false, false), accumulate: true),
        ["rms norm in place of its gradient"] = NormInPlace(),
        ["rotation of halves"] = Rotation(pairs: 3, interleaved: false, heads: 2, size: 6, spacing: 6),
        ["rotation of halves of a part of each head"] = Rotation(pairs: 2, interleaved: false, heads: 2, size: 7, spacing: 7),
        ["rotation of neighbours"] = Rotation(pairs: 3, interleaved: true, heads: 2, size: 6, spacing: 6),
        ["rotation of neighbours in a part of each head, heads apart"] = Rotation(pairs: 2, interleaved: true, heads: 3, size: 5, spacing: 8),
        ["attention"] = Attention(new AttentionShape(0.5, null, null), 2, 2),
        ["attention with grouped queries"] = Attention(new AttentionShape(0.5, null, null), 4, 2),
        ["attention with one key-value head"] = Attention(new AttentionShape(0.5, null, null), 3, 1),
        ["attention in a window"] = Attention(new AttentionShape(0.7, null, 3), 2, 1),
        ["attention that sees itself alone"] = Attention(new AttentionShape(0.7, null, 1), 2, 1),
        ["attention with a cap"] = Attention(new AttentionShape(0.8, 1.5, null), 2, 1),
        ["attention with a cap in a window"] = Attention(new AttentionShape(0.8, 1.5, 4), 4, 2),
        ["attention whose heads interleave"] = Attention(new AttentionShape(0.5, null, null), 2, 2, interleaved: true),
        ["attention over more than one block of queries"] = Attention(new AttentionShape(0.5, null, 66), 1, 1, segments: [new(0, 0, 70)], size: 1),
        ["attention whose values are wider than its keys"] = WithSink(new AttentionShape(0.5, null, null), 4, 2, size: 3, valueSize: 5, sink: false),
        ["attention with sinks"] = WithSink(new AttentionShape(0.5, null, null), 4, 2, size: 3, valueSize: 3),
        ["attention with sinks, a cap and a window, values narrower"] = WithSink(new AttentionShape(0.8, 1.5, 4), 2, 1, size: 4, valueSize: 2),
        ["the clamped gate of columns that alternate"] = new([(3, 18)], (3, 9), (device, _, x, y) => device.ClampedSwiglu(new ClampedGate(0.9, 1.702), x[0], y),
            (device, _, x, _, dy, dx) =>
            {
                // As decoders may do it: the gradient takes the place of the forward's values.
                device.Copy(x[0], dx[0]);
                device.ClampedSwigluBackward(new ClampedGate(0.9, 1.702), dx[0], dy, dx[0]);
            }),
        ["the clamped gate over more than one run of elements"] = new([(1, 1040)], (1, 520), (device, _, x, y) => device.ClampedSwiglu(new ClampedGate(1.1, 1.5), x[0], y),
            (device, _, x, _, dy, dx) => device.ClampedSwigluBackward(new ClampedGate(1.1, 1.5), x[0], dy, dx[0])),
        ["convolution of columns"] = Convolution(columns: 5, taps: 4, bias: false),
        ["convolution of columns with a bias"] = Convolution(columns: 3, taps: 3, bias: true),
        ["convolution of one tap"] = Convolution(columns: 4, taps: 1, bias: true),
        ["convolution over more than one run of columns"] = Convolution(columns: 260, taps: 2, bias: false, [new(0, 0, 2)]),
        ["the logarithm of decays"] = new([(5, 3), (1, 3), (1, 3)], (5, 3), (device, _, x, y) => device.LogDecay(x[0], x[1], x[2], y),
            (device, _, x, _, dy, dx) => device.LogDecayBackward(x[0], x[1], x[2], dy, dx[0], dx[1], dx[2]))
        { Adds = [false, true, true] },
        ["delta rule"] = Delta(keyHeads: 2, perKey: 1, keySize: 3, valueSize: 2, s_segments),
        ["delta rule with several values a key"] = Delta(keyHeads: 2, perKey: 2, keySize: 2, valueSize: 3, s_segments),
        ["delta rule over several chunks"] = Delta(keyHeads: 1, perKey: 2, keySize: 2, valueSize: 1, [new(0, 0, 3), new(1, 3, 140), new(2, 143, 66)]),
        ["product of elements"] = Gated(Activation.Identity),
        ["logistic gate"] = Gated(Activation.Sigmoid),
        ["logistic function"] = Plain(Activation.Sigmoid),
        ["silu with a gate"] = Gated(Activation.Silu),
        ["gelu by tanh with a gate"] = Gated(Activation.GeluTanh),
        ["gelu with a gate"] = Gated(Activation.Gelu),
        ["relu with a gate"] = Gated(Activation.Relu),
        ["silu"] = Plain(Activation.Silu),
        ["gelu by tanh"] = Plain(Activation.GeluTanh),
        ["gelu"] = Plain(Activation.Gelu),
        ["relu"] = Plain(Activation.Relu),
        ["squared relu with a gate"] = Gated(Activation.ReluSquared),
        ["squared relu"] = Plain(Activation.ReluSquared),
        ["xielu"] = Xielu(-0.4),
        ["xielu with the cut of published models"] = Xielu(-1e-6),
        ["xielu in place of its input"] = Xielu(-0.4, inPlace: true),
        ["gelu over more than one run of elements"] = Plain(Activation.Gelu, columns: 520, rows: 1),
        ["cross-entropy"] = CrossEntropy(1, null),
        ["cross-entropy of scaled logits"] = CrossEntropy(0.3, null),
        ["cross-entropy of capped logits"] = CrossEntropy(1, 1.2),
        ["cross-entropy of scaled and capped logits"] = CrossEntropy(1.7, 2.5),
        ["clamp"] = new([(4, 6)], (4, 6), (device, _, x, y) => ClampInto(device, x[0], y), (device, _, _, y, dy, dx) =>
        {
            device.Copy(dy, dx[0]);
            device.ClampBackward(y, 0.6, dx[0]);
        }),
        ["rows by index"] = new([(4, 3)], (6, 3), (device, _, x, y) => device.GatherRows(x[0], [2, 0, 2, 3, 3, 3], y),
            (device, _, _, _, dy, dx) => device.ScatterAddRows(dy, [2, 0, 2, 3, 3, 3], dx[0]))
        { Adds = [true] },
        ["rows added by index with factors"] = new([(3, 4), (5, 4)], (5, 4), Scatter, (device, _, _, _, dy, dx) =>
        {
            device.GatherRows(dy, [4, 1, 4], dx[0]);
            device.ScaleRows(dx[0], [0.5, -2, 3]);
            device.Copy(dy, dx[1]);
        }),
        ["a row added to every row"] = new([(1, 5), (4, 5)], (4, 5), (device, _, x, y) =>
            {
                device.Copy(x[1], y);
                device.AddRow(x[0], y);
            },
            (device, _, _, _, dy, dx) =>
            {
                device.SumRows(dy, dx[0]);
                device.Copy(dy, dx[1]);
            })
        { Adds = [true, false] },
        ["a linear layer"] = new([(6, 5), (4, 5)], (6, 4), (device, _, x, y) => device.Multiply(x[0], false, x[1], true, y), (device, _, x, _, dy, dx) =>
        {
            device.Multiply(dy, false, x[1], false, dx[0]);
            device.Multiply(dy, true, x[0], false, dx[1], beta: 1);
        })
        { Adds = [false, true] },
    };

    private static OperationCase Norm(NormShape shape, bool weight = true, bool bias = false, bool accumulate = false)
    {
        var columns = (shape.Groups - 1) * shape.Spacing + shape.Size;
        var parameter = (shape.WeightPerGroup ? shape.Groups : 1, shape.Size);
        var inputs = new List<(int, int)> { (4, columns) };
        inputs.AddRange(weight ? [parameter] : []);
        inputs.AddRange(bias ? [parameter] : []);
        var biasAt = weight ? 2 : 1;
        return new(
            [.. inputs], (4, columns),
            (device, _, x, y) =>
            {
                device.Clear(y);
                device.Normalize(shape, x[0], weight ? x[1] : null, bias ? x[biasAt] : null, y);
            },
            (device, _, x, _, dy, dx) =>
            {
                // Columns between the groups belong to nobody here, and the operation leaves them alone.
                if (!accumulate)
                    device.Clear(dx[0]);
                device.NormalizeBackward(shape, x[0], weight ? x[1] : null, dy, dx[0], accumulate, weight ? dx[1] : null, bias ? dx[biasAt] : null);
            })
        { Adds = [accumulate, .. Enumerable.Repeat(true, inputs.Count - 1)] };
    }

    private static OperationCase NormInPlace()
    {
        var shape = new NormShape(NormKind.Rms, 2, 4, 4, 1e-6, true, false);
        return new(
            [(4, 8), (1, 4)], (4, 8), (device, _, x, y) => device.Normalize(shape, x[0], x[1], null, y),
            (device, _, x, _, dy, dx) =>
            {
                device.Copy(dy, dx[0]);
                device.NormalizeBackward(shape, x[0], x[1], dx[0], dx[0], accumulate: false, dx[1], null);
            })
        { Adds = [false, true] };
    }

    private static OperationCase Rotation(int pairs, bool interleaved, int heads, int size, int spacing)
    {
        var columns = (heads - 1) * spacing + size;
        return new(
            [(12, columns)], (12, columns), (device, memory, x, y) => Turn(device, memory, x[0], y, inverse: false),
            (device, memory, _, _, dy, dx) => Turn(device, memory, dy, dx[0], inverse: true));

        void Turn(Device<double> device, GuardedMemory memory, Matrix<double> source, Matrix<double> destination, bool inverse)
        {
            var angles = Enumerable.Range(0, 7 * pairs).Select(i => 0.3 * (i / pairs) / (1 + i % pairs)).ToArray();
            var cosines = memory.Of(7, pairs, Array.ConvertAll(angles, Math.Cos));
            var sines = memory.Of(7, pairs, Array.ConvertAll(angles, Math.Sin));
            device.Copy(source, destination);
            device.Rotate(new Heads<double>(destination, heads, size, spacing), s_segments, cosines, sines, interleaved, inverse);
        }
    }

    private static OperationCase Attention(AttentionShape shape, int heads, int keyHeads, bool interleaved = false, Segment[]? segments = null, int size = 3)
    {
        segments ??= s_segments;
        var (tokens, columns) = (segments[^1].End, (heads + 2 * keyHeads) * size);
        return new(
            [(tokens, columns)], (tokens, heads * size),
            (device, memory, x, y) => device.Attend(shape, segments, Part(x[0], 0), Part(x[0], 1), Part(x[0], 2), Output(y), memory.Random(tokens, heads)),
            (device, memory, x, y, dy, dx) =>
            {
                var sums = memory.Random(tokens, heads);
                device.Attend(shape, segments, Part(x[0], 0), Part(x[0], 1), Part(x[0], 2), Output(y), sums);
                device.AttendBackward(
                    shape, segments, Part(x[0], 0), Part(x[0], 1), Part(x[0], 2), Output(y), sums, Output(dy), Part(dx[0], 0), Part(dx[0], 1), Part(dx[0], 2));
            });

        Heads<double> Output(Matrix<double> matrix) => new(matrix, heads, size, size);

        Heads<double> Part(Matrix<double> qkv, int place)
        {
            if (interleaved)
                return new(qkv.ColumnRange(place * size, (3 * heads - 2) * size), heads, size, 3 * size);
            var (first, count) = place == 0 ? (0, heads) : (heads + (place - 1) * keyHeads, keyHeads);
            return new(qkv.ColumnRange(first * size, count * size), count, size, size);
        }
    }

    /// <summary>Attention by queries, keys, values and sinks apart.</summary>
    private static OperationCase WithSink(AttentionShape shape, int heads, int keyHeads, int size, int valueSize, bool sink = true)
    {
        var tokens = s_segments[^1].End;
        (int, int)[] inputs = [(tokens, heads * size), (tokens, keyHeads * size), (tokens, keyHeads * valueSize)];
        return new(
            sink ? [.. inputs, (1, heads)] : inputs, (tokens, heads * valueSize),
            (device, memory, x, y) => Attend(device, x, y, memory.Random(tokens, heads)),
            (device, memory, x, y, dy, dx) =>
            {
                var sums = memory.Random(tokens, heads);
                Attend(device, x, y, sums);
                device.AttendBackward(
                    shape, s_segments, Of(x[0], heads), Of(x[1], keyHeads), Of(x[2], keyHeads), Of(y, heads), sums, Of(dy, heads),
                    Of(dx[0], heads), Of(dx[1], keyHeads), Of(dx[2], keyHeads), sink ? x[3] : null, sink ? dx[3] : null);
            })
        { Adds = sink ? [false, false, false, true] : [false, false, false] };

        void Attend(Device<double> device, Matrix<double>[] x, Matrix<double> y, Matrix<double> sums) =>
            device.Attend(shape, s_segments, Of(x[0], heads), Of(x[1], keyHeads), Of(x[2], keyHeads), Of(y, heads), sums, sink ? x[3] : null);

        static Heads<double> Of(Matrix<double> matrix, int count) => new(matrix, count, matrix.Columns / count, matrix.Columns / count);
    }

    private static OperationCase Convolution(int columns, int taps, bool bias, Segment[]? segments = null)
    {
        segments ??= s_segments;
        var tokens = segments[^1].End;
        (int, int)[] inputs = [(tokens, columns), (columns, taps)];
        return new(
            bias ? [.. inputs, (1, columns)] : inputs, (tokens, columns), (device, _, x, y) => device.Convolve(segments, x[0], x[1], bias ? x[2] : null, y),
            (device, _, x, _, dy, dx) => device.ConvolveBackward(segments, x[0], x[1], dy, dx[0], dx[1], bias ? dx[2] : null))
        { Adds = bias ? [false, true, true] : [false, true] };
    }

    /// <summary>With decays between 0 and 1 and keys that are not long, as decoders make them.</summary>
    private static OperationCase Delta(int keyHeads, int perKey, int keySize, int valueSize, Segment[] segments)
    {
        var (tokens, heads) = (segments[^1].End, keyHeads * perKey);
        return new(
            [(tokens, keyHeads * keySize), (tokens, keyHeads * keySize), (tokens, heads * valueSize), (tokens, heads), (tokens, heads)], (tokens, heads * valueSize),
            (device, memory, x, y) => Forward(device, memory, x, y),
            (device, memory, x, y, dy, dx) =>
            {
                var (short_, decay, states) = Forward(device, memory, x, y);
                device.DeltaRuleBackward(
                    segments, Of(x[0], keyHeads), Of(short_, keyHeads), Of(x[2], heads), decay, x[4], states,
                    Of(dy, heads), Of(dx[0], keyHeads), Of(dx[1], keyHeads), Of(dx[2], heads), dx[3], dx[4]);
                device.Scale(dx[1], 0.3);
                device.Scale(dx[3], 0.1);
            });

        (Matrix<double> Keys, Matrix<double> Decay, Matrix<double> States) Forward(Device<double> device, GuardedMemory memory, Matrix<double>[] x, Matrix<double> y)
        {
            var keys = memory.Random(tokens, keyHeads * keySize);
            device.Copy(x[1], keys);
            device.Scale(keys, 0.3);
            var decay = memory.Random(tokens, heads);
            device.Upload([.. memory.Values(x[3]).Select(static value => (0.1 * value) - 0.2)], decay);
            var states = memory.Random(DeltaShape.StateRows(tokens), DeltaShape.StateColumns(heads, keySize, valueSize));
            device.DeltaRule(segments, Of(x[0], keyHeads), Of(keys, keyHeads), Of(x[2], heads), decay, x[4], Of(y, heads), states);
            return (keys, decay, states);
        }

        static Heads<double> Of(Matrix<double> matrix, int count) => new(matrix, count, matrix.Columns / count, matrix.Columns / count);
    }

    private static OperationCase Gated(Activation activation) => new(
        [(3, 9), (3, 9)], (3, 9), (device, _, x, y) => device.Activate(activation, x[0], x[1], y),
        (device, _, x, _, dy, dx) =>
        {
            // As decoders do it: the gradients take the place of the forward's values.
            device.Copy(x[0], dx[0]);
            device.Copy(x[1], dx[1]);
            device.ActivateBackward(activation, dx[0], dx[1], dy, dx[0], dx[1]);
        });

    private static OperationCase Plain(Activation activation, int columns = 9, int rows = 3) => new(
        [(rows, columns)], (rows, columns), (device, _, x, y) => device.Activate(activation, x[0], null, y),
        (device, _, x, _, dy, dx) => device.ActivateBackward(activation, x[0], null, dy, dx[0], null));

    private static OperationCase Xielu(double cut, bool inPlace = false)
    {
        return new(
            [(3, 9), (1, 1), (1, 1)], (3, 9), (device, memory, x, y) => device.Xielu(x[0], Numbers(memory, x), y),
            (device, memory, x, _, dy, dx) =>
            {
                var input = x[0];
                if (inPlace)
                    device.Copy(x[0], input = dx[0]);
                device.XieluBackward(input, Numbers(memory, x), dy, dx[0], dx[1], dx[2]);
            })
        { Adds = [false, true, true] };

        XieluParameters<double> Numbers(GuardedMemory memory, Matrix<double>[] x) => new(x[1], x[2], memory.Of(1, 1, [0.5]), memory.Of(1, 1, [cut]));
    }

    private static OperationCase CrossEntropy(double scale, double? cap)
    {
        int[] labels = [3, 0, 7, 3];
        double[] ones = [1, 1, 1, 1];
        return new(
            [(4, 8)], (4, 1),
            (device, memory, x, y) =>
            {
                var logits = memory.Of(4, 8, memory.Values(x[0]));
                device.Upload(device.CrossEntropy(logits, labels, ones, scale, cap).Wait(), y);
            },
            (device, memory, x, _, dy, dx) =>
            {
                var rowWeights = memory.Values(dy);
                device.Copy(x[0], dx[0]);
                device.CrossEntropy(dx[0], labels, rowWeights, scale, cap);
            });
    }

    private static void ClampInto(Device<double> device, Matrix<double> x, Matrix<double> y)
    {
        device.Copy(x, y);
        device.Clamp(y, 0.6);
    }

    private static void Scatter(Device<double> device, GuardedMemory memory, Matrix<double>[] x, Matrix<double> y)
    {
        device.Copy(x[1], y);
        device.ScatterAddRows(x[0], [4, 1, 4], y, [0.5, -2, 3]);
    }
}
