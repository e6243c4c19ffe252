using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;

namespace LayerGrad.Tests.Compute;

/// <summary>
/// A device that runs as far behind the program as its contract allows: nothing is computed, copied or freed before the program waits for something, and then everything
/// that was asked for until then is done in order. What was asked for is visible nowhere before: memory lies where no host code reaches it, results come by waiting alone.
/// Memory that was given back may not be handed to an operation any more.
/// </summary>
internal sealed class LateDevice<T> : Device<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly CpuDevice<T> _inner;
    private readonly Queue<Action> _queue = new();

    public LateDevice(int threads) : this(new CpuDevice<T>(threads))
    {
    }

    private LateDevice(CpuDevice<T> inner) : base(inner) => _inner = inner;

    /// <summary>How often the program was held up because something was left to do.</summary>
    public int Holds { get; private set; }

    public override string Description => "late";

    public override DeviceMemory<T> Allocate(long length) => new LateMemory(this, _inner.Allocate(length));

    public override void Upload(ReadOnlySpan<T> source, Matrix<T> destination)
    {
        var (values, to) = (source.ToArray(), Inner(destination));
        Later(() => _inner.Upload(values, to));
    }

    public override void Download(Matrix<T> source, Span<T> destination) => Read(source).Wait().CopyTo(destination);

    public override DeviceResult<T[]> Read(Matrix<T> source)
    {
        var from = Inner(source);
        return Later(() => _inner.Read(from));
    }

    public override void Synchronize() => Hold();

    public override void Fill(Matrix<T> destination, RangeReader<T> read)
    {
        var (values, to) = (new T[destination.Count], Inner(destination));
        for (var row = 0; row < destination.Rows; row++)
            read((long)row * destination.Columns, values.AsSpan(row * destination.Columns, destination.Columns));
        Later(() => _inner.Upload(values, to));
    }

    public override void Clear(Matrix<T> matrix)
    {
        var inner = Inner(matrix);
        Later(() => _inner.Clear(inner));
    }

    public override void Copy(Matrix<T> source, Matrix<T> destination)
    {
        var (from, to) = (Inner(source), Inner(destination));
        Later(() => _inner.Copy(from, to));
    }

    public override void Add(Matrix<T> source, Matrix<T> destination, double factor = 1)
    {
        var (from, to) = (Inner(source), Inner(destination));
        Later(() => _inner.Add(from, to, factor));
    }

    public override void Scale(Matrix<T> matrix, double factor)
    {
        var inner = Inner(matrix);
        Later(() => _inner.Scale(inner, factor));
    }

    public override void Clamp(Matrix<T> matrix, double limit)
    {
        var inner = Inner(matrix);
        Later(() => _inner.Clamp(inner, limit));
    }

    public override void ClampBackward(Matrix<T> clamped, double limit, Matrix<T> gradient)
    {
        var (values, slopes) = (Inner(clamped), Inner(gradient));
        Later(() => _inner.ClampBackward(values, limit, slopes));
    }

    public override void Multiply(Matrix<T> a, bool transposeA, Matrix<T> b, bool transposeB, Matrix<T> c, double alpha = 1, double beta = 0)
    {
        var (left, right, product) = (Inner(a), Inner(b), Inner(c));
        Later(() => _inner.Multiply(left, transposeA, right, transposeB, product, alpha, beta));
    }

    public override void AddRow(Parameter<T> bias, Matrix<T> matrix)
    {
        var (row, to) = (Inner(bias.AsMatrix()), Inner(matrix));
        Later(() => _inner.AddRow(row, to));
    }

    public override void SumRows(Matrix<T> matrix, Matrix<T> sums)
    {
        var (from, to) = (Inner(matrix), Inner(sums));
        Later(() => _inner.SumRows(from, to));
    }

    public override void GatherRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination)
    {
        var (from, rows, to) = (Inner(source), indices.ToArray(), Inner(destination));
        Later(() => _inner.GatherRows(from, rows, to));
    }

    public override void ScatterAddRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination, ReadOnlySpan<double> factors = default)
    {
        var (from, rows, to, weights) = (Inner(source), indices.ToArray(), Inner(destination), factors.ToArray());
        Later(() => _inner.ScatterAddRows(from, rows, to, weights));
    }

    public override void ScaleRows(Matrix<T> matrix, ReadOnlySpan<double> factors)
    {
        var (inner, weights) = (Inner(matrix), factors.ToArray());
        Later(() => _inner.ScaleRows(inner, weights));
    }

    public override DeviceResult<double[]> DotRows(Matrix<T> a, Matrix<T> b)
    {
        var (left, right) = (Inner(a), Inner(b));
        return Later(() => _inner.DotRows(left, right));
    }

    public override DeviceResult<double[]> LargestMagnitudes(Matrix<T> matrix)
    {
        var inner = Inner(matrix);
        return Later(() => _inner.LargestMagnitudes(inner));
    }

    public override void Normalize(NormShape shape, Matrix<T> x, Parameter<T>? weight, Parameter<T>? bias, Matrix<T> y)
    {
        var (from, weights, biases, to) = (Inner(x), Inner(weight?.AsMatrix()), Inner(bias?.AsMatrix()), Inner(y));
        Later(() => _inner.Normalize(shape, from, weights, biases, to));
    }

    public override void NormalizeBackward(
        NormShape shape, Matrix<T> x, Parameter<T>? weight, Matrix<T> dy, Matrix<T> dx, bool accumulate, Matrix<T>? dWeight, Matrix<T>? dBias)
    {
        var (from, weights, dFrom, dTo, dWeights, dBiases) = (Inner(x), Inner(weight?.AsMatrix()), Inner(dy), Inner(dx), Inner(dWeight), Inner(dBias));
        Later(() => _inner.NormalizeBackward(shape, from, weights, dFrom, dTo, accumulate, dWeights, dBiases));
    }

    public override void Rotate(Heads<T> heads, IReadOnlyList<Segment> segments, Matrix<T> cosines, Matrix<T> sines, bool interleaved, bool inverse)
    {
        var (inner, examples, c, s) = (Inner(heads), segments.ToArray(), Inner(cosines), Inner(sines));
        Later(() => _inner.Rotate(inner, examples, c, s, interleaved, inverse));
    }

    public override void Attend(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp, Parameter<T>? sinks = null)
    {
        var (examples, q, k, v, o, sums) = (segments.ToArray(), Inner(query), Inner(key), Inner(value), Inner(output), Inner(logSumExp));
        var scores = Inner(sinks?.AsMatrix());
        Later(() => _inner.Attend(shape, examples, q, k, v, o, sums, scores));
    }

    public override void AttendBackward(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp,
        Heads<T> dOutput, Heads<T> dQuery, Heads<T> dKey, Heads<T> dValue, Parameter<T>? sinks = null, Matrix<T>? dSinks = null)
    {
        var (examples, q, k, v, o, sums) = (segments.ToArray(), Inner(query), Inner(key), Inner(value), Inner(output), Inner(logSumExp));
        var (dO, dQ, dK, dV) = (Inner(dOutput), Inner(dQuery), Inner(dKey), Inner(dValue));
        var (scores, dScores) = (Inner(sinks?.AsMatrix()), Inner(dSinks));
        Later(() => _inner.AttendBackward(shape, examples, q, k, v, o, sums, dO, dQ, dK, dV, scores, dScores));
    }

    public override void Convolve(IReadOnlyList<Segment> segments, Matrix<T> x, Parameter<T> taps, Parameter<T>? bias, Matrix<T> y)
    {
        var (examples, from, weights, offsets, to) = (segments.ToArray(), Inner(x), Inner(taps.AsMatrix()), Inner(bias?.AsMatrix()), Inner(y));
        Later(() => _inner.Convolve(examples, from, weights, offsets, to));
    }

    public override void ConvolveBackward(
        IReadOnlyList<Segment> segments, Matrix<T> x, Parameter<T> taps, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dTaps, Matrix<T>? dBias)
    {
        var (examples, from, weights, dTo, dFrom, dWeights, dOffsets) = (segments.ToArray(), Inner(x), Inner(taps.AsMatrix()), Inner(dy), Inner(dx), Inner(dTaps), Inner(dBias));
        Later(() => _inner.ConvolveBackward(examples, from, weights, dTo, dFrom, dWeights, dOffsets));
    }

    public override void LogDecay(Matrix<T> x, Parameter<T> logRate, Parameter<T> bias, Matrix<T> y)
    {
        var (from, rates, offsets, to) = (Inner(x), Inner(logRate.AsMatrix()), Inner(bias.AsMatrix()), Inner(y));
        Later(() => _inner.LogDecay(from, rates, offsets, to));
    }

    public override void LogDecayBackward(Matrix<T> x, Parameter<T> logRate, Parameter<T> bias, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dLogRate, Matrix<T>? dBias)
    {
        var (from, rates, offsets, dTo, dFrom, dRates, dOffsets) = (Inner(x), Inner(logRate.AsMatrix()), Inner(bias.AsMatrix()), Inner(dy), Inner(dx), Inner(dLogRate), Inner(dBias));
        Later(() => _inner.LogDecayBackward(from, rates, offsets, dTo, dFrom, dRates, dOffsets));
    }

    public override void DeltaRule(
        IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Matrix<T> logDecay, Matrix<T> rate, Heads<T> output, Matrix<T> states)
    {
        var (examples, q, k, v, g, b, o, kept) = (segments.ToArray(), Inner(query), Inner(key), Inner(value), Inner(logDecay), Inner(rate), Inner(output), Inner(states));
        Later(() => _inner.DeltaRule(examples, q, k, v, g, b, o, kept));
    }

    public override void DeltaRuleBackward(
        IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Matrix<T> logDecay, Matrix<T> rate, Matrix<T> states,
        Heads<T> dOutput, Heads<T> dQuery, Heads<T> dKey, Heads<T> dValue, Matrix<T> dLogDecay, Matrix<T> dRate)
    {
        var (examples, q, k, v, g, b, kept) = (segments.ToArray(), Inner(query), Inner(key), Inner(value), Inner(logDecay), Inner(rate), Inner(states));
        var (dO, dQ, dK, dV, dG, dB) = (Inner(dOutput), Inner(dQuery), Inner(dKey), Inner(dValue), Inner(dLogDecay), Inner(dRate));
        Later(() => _inner.DeltaRuleBackward(examples, q, k, v, g, b, kept, dO, dQ, dK, dV, dG, dB));
    }

    public override void Activate(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> output)
    {
        var (g, u, o) = (Inner(gate), Inner(up), Inner(output));
        Later(() => _inner.Activate(activation, g, u, o));
    }

    public override void ActivateBackward(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> dOutput, Matrix<T> dGate, Matrix<T>? dUp)
    {
        var (g, u, dO, dG, dU) = (Inner(gate), Inner(up), Inner(dOutput), Inner(dGate), Inner(dUp));
        Later(() => _inner.ActivateBackward(activation, g, u, dO, dG, dU));
    }

    public override void ClampedSwiglu(ClampedGate settings, Matrix<T> gateUp, Matrix<T> output)
    {
        var (pairs, o) = (Inner(gateUp), Inner(output));
        Later(() => _inner.ClampedSwiglu(settings, pairs, o));
    }

    public override void ClampedSwigluBackward(ClampedGate settings, Matrix<T> gateUp, Matrix<T> dOutput, Matrix<T> dGateUp)
    {
        var (pairs, dO, dPairs) = (Inner(gateUp), Inner(dOutput), Inner(dGateUp));
        Later(() => _inner.ClampedSwigluBackward(settings, pairs, dO, dPairs));
    }

    public override void Xielu(Matrix<T> x, XieluParameters<T> parameters, Matrix<T> y)
    {
        var (input, numbers, output) = (Inner(x), Inner(parameters), Inner(y));
        Later(() => _inner.Xielu(input, numbers, output));
    }

    public override void XieluBackward(Matrix<T> x, XieluParameters<T> parameters, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dAlphaP, Matrix<T>? dAlphaN)
    {
        var (input, numbers, dO, dI, dP, dN) = (Inner(x), Inner(parameters), Inner(dy), Inner(dx), Inner(dAlphaP), Inner(dAlphaN));
        Later(() => _inner.XieluBackward(input, numbers, dO, dI, dP, dN));
    }

    public override DeviceResult<double[]> CrossEntropy(Matrix<T> logits, ReadOnlySpan<int> labels, ReadOnlySpan<double> rowWeights, double scale, double? softCap)
    {
        var (inner, tokens, weights) = (Inner(logits), labels.ToArray(), rowWeights.ToArray());
        return Later(() => _inner.CrossEntropy(inner, tokens, weights, scale, softCap));
    }

    public override DeviceResult<GradientSummary[][]> Summarize(IReadOnlyList<GradientFactors<T>> gradients)
    {
        GradientFactors<T>[] factors = [.. gradients.Select(one => new GradientFactors<T>(Inner(one.Input), [.. one.Deltas.Select(Inner)]))];
        return Later(() => _inner.Summarize(factors));
    }

    public override void AdamW(Matrix<T> weight, Matrix<T> gradient, Matrix<T> firstMoment, Matrix<T> secondMoment, AdamWUpdate update)
    {
        var (w, g, first, second) = (Inner(weight), Inner(gradient), Inner(firstMoment), Inner(secondMoment));
        Later(() => _inner.AdamW(w, g, first, second, update));
    }

    protected override void Dispose(bool disposing)
    {
        Hold();
        _inner.Dispose();
        base.Dispose(disposing);
    }

    private static Matrix<T> Inner(Matrix<T> matrix) => matrix with { Memory = ((LateMemory)matrix.Memory).Inner };

    private static XieluParameters<T> Inner(XieluParameters<T> parameters) =>
        new(Inner(parameters.AlphaP.AsMatrix()), Inner(parameters.AlphaN.AsMatrix()), Inner(parameters.Beta.AsMatrix()), Inner(parameters.Epsilon.AsMatrix()));

    private static Matrix<T>? Inner(Matrix<T>? matrix) => matrix is { } there ? Inner(there) : null;

    private static Heads<T> Inner(Heads<T> heads) => heads with { Matrix = Inner(heads.Matrix) };

    private void Later(Action operation) => _queue.Enqueue(operation);

    private DeviceResult<TValue> Later<TValue>(Func<DeviceResult<TValue>> operation)
    {
        var result = new LateResult<TValue>(this);
        _queue.Enqueue(() => result.Value = operation());
        return new DeviceResult<TValue>(result);
    }

    private void Hold()
    {
        if (_queue.Count > 0)
            Holds++;
        while (_queue.TryDequeue(out var operation))
            operation();
    }

    private sealed class LateResult<TValue>(LateDevice<T> device) : IPendingResult<TValue>
    {
        public DeviceResult<TValue>? Value { get; set; }

        public TValue Wait()
        {
            if (Value is null)
                device.Hold();
            return Value!.Value.Wait();
        }
    }

    /// <summary>Memory that is given back when everything before that is done.</summary>
    private sealed class LateMemory(LateDevice<T> device, DeviceMemory<T> inner) : DeviceMemory<T>(inner.Length)
    {
        private bool _disposed;

        /// <summary>The memory itself.</summary>
        public DeviceMemory<T> Inner
        {
            get
            {
                ObjectDisposedException.ThrowIf(_disposed, this);
                return inner;
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (_disposed)
                return;
            _disposed = true;
            device.Later(inner.Dispose);
        }
    }
}
