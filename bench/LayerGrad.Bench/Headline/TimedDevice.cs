using System.Diagnostics;
using System.Numerics;
using LayerGrad.Compute;

namespace LayerGrad.Bench.Headline;

/// <summary>A device that notes how long each kind of operation takes; the product itself holds no clocks.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class TimedDevice<T> : Device<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _inner;
    private readonly Dictionary<string, double> _seconds = [];
    private readonly Dictionary<string, double> _processorSeconds = [];

    /// <summary>Puts clocks around a device.</summary>
    /// <param name="inner">What computes; disposed with this.</param>
    public TimedDevice(Device<T> inner) : base(inner) => _inner = inner;

    /// <summary>Seconds by kind of operation since the last <see cref="Reset"/>.</summary>
    public IReadOnlyDictionary<string, double> Seconds => _seconds;

    /// <summary>The same in processor time of all threads.</summary>
    public IReadOnlyDictionary<string, double> ProcessorSeconds => _processorSeconds;

    /// <inheritdoc />
    public override string Description => _inner.Description;

    /// <summary>Seconds of one kind of operation.</summary>
    public double Of(string kind) => _seconds.GetValueOrDefault(kind);

    /// <summary>Starts anew.</summary>
    public void Reset()
    {
        _seconds.Clear();
        _processorSeconds.Clear();
    }

    /// <inheritdoc />
    public override DeviceMemory<T> Allocate(long length) => _inner.Allocate(length);

    /// <inheritdoc />
    public override ParameterMemory<T> AllocateParameters(long length, ParameterStorage storage) => _inner.AllocateParameters(length, storage);

    /// <inheritdoc />
    public override int ParameterBytes(ParameterStorage storage) => _inner.ParameterBytes(storage);

    /// <inheritdoc />
    public override void LoadParameter(Parameter<T> parameter, RangeReader<T> read) => Time("weights", () => _inner.LoadParameter(parameter, read));

    /// <inheritdoc />
    public override void Widen(Parameter<T> parameter, Matrix<T> destination) => Time("copies", () => _inner.Widen(parameter, destination));

    /// <inheritdoc />
    public override void Upload(ReadOnlySpan<T> source, Matrix<T> destination) => _inner.Upload(source, destination);

    /// <inheritdoc />
    public override void Download(Matrix<T> source, Span<T> destination) => _inner.Download(source, destination);

    /// <inheritdoc />
    public override DeviceResult<T[]> Read(Matrix<T> source) => _inner.Read(source);

    /// <inheritdoc />
    public override void Synchronize() => _inner.Synchronize();

    /// <inheritdoc />
    public override void Fill(Matrix<T> destination, RangeReader<T> read) => Time("weights", () => _inner.Fill(destination, read));

    /// <inheritdoc />
    public override void AdamW(Matrix<T> weight, Matrix<T> gradient, Matrix<T> firstMoment, Matrix<T> secondMoment, AdamWUpdate update) =>
        Time("optimizer", () => _inner.AdamW(weight, gradient, firstMoment, secondMoment, update));

    /// <inheritdoc />
    public override void Clear(Matrix<T> matrix) => Time("copies", () => _inner.Clear(matrix));

    /// <inheritdoc />
    public override void Copy(Matrix<T> source, Matrix<T> destination) => Time("copies", () => _inner.Copy(source, destination));

    /// <inheritdoc />
    public override void Add(Matrix<T> source, Matrix<T> destination, double factor = 1) => Time("copies", () => _inner.Add(source, destination, factor));

    /// <inheritdoc />
    public override void Scale(Matrix<T> matrix, double factor) => _inner.Scale(matrix, factor);

    /// <inheritdoc />
    public override void Clamp(Matrix<T> matrix, double limit) => _inner.Clamp(matrix, limit);

    /// <inheritdoc />
    public override void ClampBackward(Matrix<T> clamped, double limit, Matrix<T> gradient) => _inner.ClampBackward(clamped, limit, gradient);

    /// <inheritdoc />
    public override void Multiply(Matrix<T> a, bool transposeA, Matrix<T> b, bool transposeB, Matrix<T> c, double alpha = 1, double beta = 0) =>
        Time("products", () => _inner.Multiply(a, transposeA, b, transposeB, c, alpha, beta));

    /// <inheritdoc />
    public override void Multiply(Matrix<T> x, Parameter<T> weight, bool transposeWeight, Matrix<T> y, double beta = 0) =>
        Time("products", () => _inner.Multiply(x, weight, transposeWeight, y, beta));

    /// <inheritdoc />
    public override void AddRow(Parameter<T> bias, Matrix<T> matrix) => Time("copies", () => _inner.AddRow(bias, matrix));

    /// <inheritdoc />
    public override void SumRows(Matrix<T> matrix, Matrix<T> sums) => _inner.SumRows(matrix, sums);

    /// <inheritdoc />
    public override void GatherRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination) => _inner.GatherRows(source, indices, destination);

    /// <inheritdoc />
    public override void GatherRows(Parameter<T> source, ReadOnlySpan<int> indices, Matrix<T> destination) => _inner.GatherRows(source, indices, destination);

    /// <inheritdoc />
    public override void ScatterAddRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination, ReadOnlySpan<double> factors = default) =>
        _inner.ScatterAddRows(source, indices, destination, factors);

    /// <inheritdoc />
    public override void ScaleRows(Matrix<T> matrix, ReadOnlySpan<double> factors) => _inner.ScaleRows(matrix, factors);

    /// <inheritdoc />
    public override DeviceResult<double[]> DotRows(Matrix<T> a, Matrix<T> b) => _inner.DotRows(a, b);

    /// <inheritdoc />
    public override DeviceResult<double[]> LargestMagnitudes(Matrix<T> matrix) => _inner.LargestMagnitudes(matrix);

    /// <inheritdoc />
    public override void Normalize(NormShape shape, Matrix<T> x, Parameter<T>? weight, Parameter<T>? bias, Matrix<T> y) =>
        Time("norms", () => _inner.Normalize(shape, x, weight, bias, y));

    /// <inheritdoc />
    public override void NormalizeBackward(
        NormShape shape, Matrix<T> x, Parameter<T>? weight, Matrix<T> dy, Matrix<T> dx, bool accumulate, Matrix<T>? dWeight, Matrix<T>? dBias) =>
        Time("norms", () => _inner.NormalizeBackward(shape, x, weight, dy, dx, accumulate, dWeight, dBias));

    /// <inheritdoc />
    public override void Rotate(Heads<T> heads, IReadOnlyList<Segment> segments, Matrix<T> cosines, Matrix<T> sines, bool interleaved, bool inverse) =>
        Time("rotary", () => _inner.Rotate(heads, segments, cosines, sines, interleaved, inverse));

    /// <inheritdoc />
    public override void Attend(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp, Parameter<T>? sinks = null) =>
        Time("attention", () => _inner.Attend(shape, segments, query, key, value, output, logSumExp, sinks));

    /// <inheritdoc />
    public override void AttendBackward(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp,
        Heads<T> dOutput, Heads<T> dQuery, Heads<T> dKey, Heads<T> dValue, Parameter<T>? sinks = null, Matrix<T>? dSinks = null) =>
        Time("attention", () => _inner.AttendBackward(shape, segments, query, key, value, output, logSumExp, dOutput, dQuery, dKey, dValue, sinks, dSinks));

    /// <inheritdoc />
    public override void Activate(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> output) =>
        Time("activation", () => _inner.Activate(activation, gate, up, output));

    /// <inheritdoc />
    public override void ActivateBackward(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> dOutput, Matrix<T> dGate, Matrix<T>? dUp) =>
        Time("activation", () => _inner.ActivateBackward(activation, gate, up, dOutput, dGate, dUp));

    /// <inheritdoc />
    public override void Convolve(IReadOnlyList<Segment> segments, Matrix<T> x, Parameter<T> taps, Parameter<T>? bias, Matrix<T> y) =>
        Time("convolution", () => _inner.Convolve(segments, x, taps, bias, y));

    /// <inheritdoc />
    public override void ConvolveBackward(IReadOnlyList<Segment> segments, Matrix<T> x, Parameter<T> taps, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dTaps, Matrix<T>? dBias) =>
        Time("convolution", () => _inner.ConvolveBackward(segments, x, taps, dy, dx, dTaps, dBias));

    /// <inheritdoc />
    public override void LogDecay(Matrix<T> x, Parameter<T> logRate, Parameter<T> bias, Matrix<T> y) => Time("delta rule", () => _inner.LogDecay(x, logRate, bias, y));

    /// <inheritdoc />
    public override void LogDecayBackward(Matrix<T> x, Parameter<T> logRate, Parameter<T> bias, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dLogRate, Matrix<T>? dBias) =>
        Time("delta rule", () => _inner.LogDecayBackward(x, logRate, bias, dy, dx, dLogRate, dBias));

    /// <inheritdoc />
    public override void DeltaRule(
        IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Matrix<T> logDecay, Matrix<T> rate, Heads<T> output, Matrix<T> states) =>
        Time("delta rule", () => _inner.DeltaRule(segments, query, key, value, logDecay, rate, output, states));

    /// <inheritdoc />
    public override void DeltaRuleBackward(
        IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Matrix<T> logDecay, Matrix<T> rate, Matrix<T> states,
        Heads<T> dOutput, Heads<T> dQuery, Heads<T> dKey, Heads<T> dValue, Matrix<T> dLogDecay, Matrix<T> dRate) =>
        Time("delta rule", () => _inner.DeltaRuleBackward(segments, query, key, value, logDecay, rate, states, dOutput, dQuery, dKey, dValue, dLogDecay, dRate));

    /// <inheritdoc />
    public override void ClampedSwiglu(ClampedGate settings, Matrix<T> gateUp, Matrix<T> output) =>
        Time("activation", () => _inner.ClampedSwiglu(settings, gateUp, output));

    /// <inheritdoc />
    public override void ClampedSwigluBackward(ClampedGate settings, Matrix<T> gateUp, Matrix<T> dOutput, Matrix<T> dGateUp) =>
        Time("activation", () => _inner.ClampedSwigluBackward(settings, gateUp, dOutput, dGateUp));

    /// <inheritdoc />
    public override void Xielu(Matrix<T> x, XieluParameters<T> parameters, Matrix<T> y) => Time("activation", () => _inner.Xielu(x, parameters, y));

    /// <inheritdoc />
    public override void XieluBackward(Matrix<T> x, XieluParameters<T> parameters, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dAlphaP, Matrix<T>? dAlphaN) =>
        Time("activation", () => _inner.XieluBackward(x, parameters, dy, dx, dAlphaP, dAlphaN));

    /// <inheritdoc />
    public override DeviceResult<double[]> CrossEntropy(Matrix<T> logits, ReadOnlySpan<int> labels, ReadOnlySpan<double> rowWeights, double scale, double? softCap)
    {
        var start = Now();
        var losses = _inner.CrossEntropy(logits, labels, rowWeights, scale, softCap);
        Note("cross-entropy", start);
        return losses;
    }

    /// <inheritdoc />
    public override DeviceResult<GradientSummary[][]> Summarize(IReadOnlyList<GradientFactors<T>> gradients)
    {
        var start = Now();
        var summaries = _inner.Summarize(gradients);
        Note("statistics", start);
        return summaries;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _inner.Dispose();
        base.Dispose(disposing);
    }

    private void Time(string kind, Action operation)
    {
        var start = Now();
        operation();
        Note(kind, start);
    }

    private static (long Clock, TimeSpan Processor) Now() => (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);

    private void Note(string kind, (long Clock, TimeSpan Processor) start)
    {
        // A device that runs ahead has returned before it is done.
        _inner.Synchronize();
        _seconds[kind] = _seconds.GetValueOrDefault(kind) + Stopwatch.GetElapsedTime(start.Clock).TotalSeconds;
        _processorSeconds[kind] = _processorSeconds.GetValueOrDefault(kind) + (Environment.CpuUsage.TotalTime - start.Processor).TotalSeconds;
    }
}
