using System.Diagnostics;
using System.Numerics;
using LayerGrad.Compute;

namespace LayerGrad.Bench.Headline;

/// <summary>A device that notes how long each kind of operation takes; the product itself holds no clocks.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class TimedDevice<T>(Device<T> inner) : Device<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Dictionary<string, double> _seconds = [];

    /// <summary>Seconds by kind of operation since the last <see cref="Reset"/>.</summary>
    public IReadOnlyDictionary<string, double> Seconds => _seconds;

    /// <inheritdoc />
    public override string Description => inner.Description;

    /// <summary>Seconds of one kind of operation.</summary>
    public double Of(string kind) => _seconds.GetValueOrDefault(kind);

    /// <summary>Starts anew.</summary>
    public void Reset() => _seconds.Clear();

    /// <inheritdoc />
    public override DeviceMemory<T> Allocate(long length) => inner.Allocate(length);

    /// <inheritdoc />
    public override void Upload(ReadOnlySpan<T> source, Matrix<T> destination) => inner.Upload(source, destination);

    /// <inheritdoc />
    public override void Download(Matrix<T> source, Span<T> destination) => inner.Download(source, destination);

    /// <inheritdoc />
    public override void Fill(Matrix<T> destination, RangeReader<T> read) => Time("weights", () => inner.Fill(destination, read));

    /// <inheritdoc />
    public override void AdamW(Matrix<T> weight, Matrix<T> gradient, Matrix<T> firstMoment, Matrix<T> secondMoment, AdamWUpdate update) =>
        Time("optimizer", () => inner.AdamW(weight, gradient, firstMoment, secondMoment, update));

    /// <inheritdoc />
    public override void Clear(Matrix<T> matrix) => Time("copies", () => inner.Clear(matrix));

    /// <inheritdoc />
    public override void Copy(Matrix<T> source, Matrix<T> destination) => Time("copies", () => inner.Copy(source, destination));

    /// <inheritdoc />
    public override void Add(Matrix<T> source, Matrix<T> destination, double factor = 1) => Time("copies", () => inner.Add(source, destination, factor));

    /// <inheritdoc />
    public override void Scale(Matrix<T> matrix, double factor) => inner.Scale(matrix, factor);

    /// <inheritdoc />
    public override void Clamp(Matrix<T> matrix, double limit) => inner.Clamp(matrix, limit);

    /// <inheritdoc />
    public override void ClampBackward(Matrix<T> clamped, double limit, Matrix<T> gradient) => inner.ClampBackward(clamped, limit, gradient);

    /// <inheritdoc />
    public override void Multiply(Matrix<T> a, bool transposeA, Matrix<T> b, bool transposeB, Matrix<T> c, double alpha = 1, double beta = 0) =>
        Time("products", () => inner.Multiply(a, transposeA, b, transposeB, c, alpha, beta));

    /// <inheritdoc />
    public override void AddRow(Matrix<T> bias, Matrix<T> matrix) => Time("copies", () => inner.AddRow(bias, matrix));

    /// <inheritdoc />
    public override void SumRows(Matrix<T> matrix, Matrix<T> sums) => inner.SumRows(matrix, sums);

    /// <inheritdoc />
    public override void GatherRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination) => inner.GatherRows(source, indices, destination);

    /// <inheritdoc />
    public override void ScatterAddRows(Matrix<T> source, ReadOnlySpan<int> indices, Matrix<T> destination, ReadOnlySpan<double> factors = default) =>
        inner.ScatterAddRows(source, indices, destination, factors);

    /// <inheritdoc />
    public override void ScaleRows(Matrix<T> matrix, ReadOnlySpan<double> factors) => inner.ScaleRows(matrix, factors);

    /// <inheritdoc />
    public override void DotRows(Matrix<T> a, Matrix<T> b, Span<double> products) => inner.DotRows(a, b, products);

    /// <inheritdoc />
    public override void LargestMagnitudes(Matrix<T> matrix, Span<double> magnitudes) => inner.LargestMagnitudes(matrix, magnitudes);

    /// <inheritdoc />
    public override void Normalize(NormShape shape, Matrix<T> x, Matrix<T>? weight, Matrix<T>? bias, Matrix<T> y) =>
        Time("norms", () => inner.Normalize(shape, x, weight, bias, y));

    /// <inheritdoc />
    public override void NormalizeBackward(
        NormShape shape, Matrix<T> x, Matrix<T>? weight, Matrix<T> dy, Matrix<T> dx, bool accumulate, Matrix<T>? dWeight, Matrix<T>? dBias) =>
        Time("norms", () => inner.NormalizeBackward(shape, x, weight, dy, dx, accumulate, dWeight, dBias));

    /// <inheritdoc />
    public override void Rotate(Heads<T> heads, IReadOnlyList<Segment> segments, Matrix<T> cosines, Matrix<T> sines, bool interleaved, bool inverse) =>
        Time("rotary", () => inner.Rotate(heads, segments, cosines, sines, interleaved, inverse));

    /// <inheritdoc />
    public override void Attend(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp) =>
        Time("attention", () => inner.Attend(shape, segments, query, key, value, output, logSumExp));

    /// <inheritdoc />
    public override void AttendBackward(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, Heads<T> value, Heads<T> output, Matrix<T> logSumExp,
        Heads<T> dOutput, Heads<T> dQuery, Heads<T> dKey, Heads<T> dValue) =>
        Time("attention", () => inner.AttendBackward(shape, segments, query, key, value, output, logSumExp, dOutput, dQuery, dKey, dValue));

    /// <inheritdoc />
    public override void Activate(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> output) =>
        Time("activation", () => inner.Activate(activation, gate, up, output));

    /// <inheritdoc />
    public override void ActivateBackward(Activation activation, Matrix<T> gate, Matrix<T>? up, Matrix<T> dOutput, Matrix<T> dGate, Matrix<T>? dUp) =>
        Time("activation", () => inner.ActivateBackward(activation, gate, up, dOutput, dGate, dUp));

    /// <inheritdoc />
    public override void Xielu(Matrix<T> x, XieluParameters<T> parameters, Matrix<T> y) => Time("activation", () => inner.Xielu(x, parameters, y));

    /// <inheritdoc />
    public override void XieluBackward(Matrix<T> x, XieluParameters<T> parameters, Matrix<T> dy, Matrix<T> dx, Matrix<T>? dAlphaP, Matrix<T>? dAlphaN) =>
        Time("activation", () => inner.XieluBackward(x, parameters, dy, dx, dAlphaP, dAlphaN));

    /// <inheritdoc />
    public override void CrossEntropy(Matrix<T> logits, ReadOnlySpan<int> labels, ReadOnlySpan<double> rowWeights, double scale, double? softCap, Span<double> losses)
    {
        var start = Stopwatch.GetTimestamp();
        inner.CrossEntropy(logits, labels, rowWeights, scale, softCap, losses);
        Note("cross-entropy", start);
    }

    /// <inheritdoc />
    public override GradientSummary[][] Summarize(IReadOnlyList<GradientFactors<T>> gradients)
    {
        var start = Stopwatch.GetTimestamp();
        var summaries = inner.Summarize(gradients);
        Note("statistics", start);
        return summaries;
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    private void Time(string kind, Action operation)
    {
        var start = Stopwatch.GetTimestamp();
        operation();
        Note(kind, start);
    }

    private void Note(string kind, long start) => _seconds[kind] = _seconds.GetValueOrDefault(kind) + Stopwatch.GetElapsedTime(start).TotalSeconds;
}
