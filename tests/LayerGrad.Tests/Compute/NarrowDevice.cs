using System.Globalization;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;

namespace LayerGrad.Tests.Compute;

/// <summary>
/// A processor that keeps parameters in the two bytes of bfloat16 where that is said to be exact, and widens them each time that something computes
/// with them. Such a parameter has no float32 elements that anybody could ask for.
/// </summary>
internal sealed unsafe class NarrowDevice(int threads) : CpuDevice<float>(threads)
{
    /// <summary>How often parameters were widened.</summary>
    public int Widenings { get; private set; }

    public override ParameterMemory<float> AllocateParameters(long length, ParameterStorage storage) =>
        storage == ParameterStorage.BFloat16 ? new BFloat16Memory(Memory, length) : base.AllocateParameters(length, storage);

    public override int ParameterBytes(ParameterStorage storage) => storage == ParameterStorage.BFloat16 ? 2 : sizeof(float);

    public override void LoadParameter(Parameter<float> parameter, RangeReader<float> read)
    {
        if (parameter.Memory is not BFloat16Memory memory)
        {
            base.LoadParameter(parameter, read);
            return;
        }

        var values = new float[parameter.Columns];
        for (var row = 0; row < parameter.Rows; row++)
        {
            read((long)row * parameter.Columns, values);
            for (var column = 0; column < values.Length; column++)
            {
                var bits = BitConverter.SingleToUInt32Bits(values[column]);
                if ((ushort)bits != 0)
                    throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{values[column]:R} is no bfloat16"));
                memory.Pointer[parameter.Offset + ((long)row * parameter.Stride) + column] = (ushort)(bits >> 16);
            }
        }
    }

    public override void Widen(Parameter<float> parameter, Matrix<float> destination)
    {
        if (parameter.Memory is not BFloat16Memory memory)
        {
            base.Widen(parameter, destination);
            return;
        }

        Widenings++;
        for (var row = 0; row < parameter.Rows; row++)
        {
            var to = destination.Row(row);
            for (var column = 0; column < to.Length; column++)
                to[column] = BitConverter.UInt32BitsToSingle((uint)memory.Pointer[parameter.Offset + ((long)row * parameter.Stride) + column] << 16);
        }
    }

    public override void Multiply(Matrix<float> x, Parameter<float> weight, bool transposeWeight, Matrix<float> y, double beta = 0)
    {
        using var wide = new Widened(this, weight);
        base.Multiply(x, wide.Parameter, transposeWeight, y, beta);
    }

    public override void AddRow(Parameter<float> bias, Matrix<float> matrix)
    {
        using var wide = new Widened(this, bias);
        base.AddRow(wide.Parameter, matrix);
    }

    public override void GatherRows(Parameter<float> source, ReadOnlySpan<int> indices, Matrix<float> destination)
    {
        using var wide = new Widened(this, source);
        base.GatherRows(wide.Parameter, indices, destination);
    }

    public override void Normalize(NormShape shape, Matrix<float> x, Parameter<float>? weight, Parameter<float>? bias, Matrix<float> y)
    {
        using Widened? weights = weight is { } w ? new Widened(this, w) : null, biases = bias is { } b ? new Widened(this, b) : null;
        base.Normalize(shape, x, weights?.Parameter, biases?.Parameter, y);
    }

    public override void NormalizeBackward(
        NormShape shape, Matrix<float> x, Parameter<float>? weight, Matrix<float> dy, Matrix<float> dx, bool accumulate, Matrix<float>? dWeight, Matrix<float>? dBias)
    {
        using var weights = weight is { } w ? new Widened(this, w) : null;
        base.NormalizeBackward(shape, x, weights?.Parameter, dy, dx, accumulate, dWeight, dBias);
    }

    public override void Attend(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<float> query, Heads<float> key, Heads<float> value, Heads<float> output, Matrix<float> logSumExp,
        Parameter<float>? sinks = null)
    {
        using var wide = sinks is { } scores ? new Widened(this, scores) : null;
        base.Attend(shape, segments, query, key, value, output, logSumExp, wide?.Parameter);
    }

    public override void AttendBackward(
        AttentionShape shape, IReadOnlyList<Segment> segments, Heads<float> query, Heads<float> key, Heads<float> value, Heads<float> output, Matrix<float> logSumExp,
        Heads<float> dOutput, Heads<float> dQuery, Heads<float> dKey, Heads<float> dValue, Parameter<float>? sinks = null, Matrix<float>? dSinks = null)
    {
        using var wide = sinks is { } scores ? new Widened(this, scores) : null;
        base.AttendBackward(shape, segments, query, key, value, output, logSumExp, dOutput, dQuery, dKey, dValue, wide?.Parameter, dSinks);
    }

    public override void Convolve(IReadOnlyList<Segment> segments, Matrix<float> x, Parameter<float> taps, Parameter<float>? bias, Matrix<float> y)
    {
        using Widened weights = new(this, taps);
        using var offsets = bias is { } b ? new Widened(this, b) : null;
        base.Convolve(segments, x, weights.Parameter, offsets?.Parameter, y);
    }

    public override void ConvolveBackward(
        IReadOnlyList<Segment> segments, Matrix<float> x, Parameter<float> taps, Matrix<float> dy, Matrix<float> dx, Matrix<float>? dTaps, Matrix<float>? dBias)
    {
        using Widened weights = new(this, taps);
        base.ConvolveBackward(segments, x, weights.Parameter, dy, dx, dTaps, dBias);
    }

    public override void LogDecay(Matrix<float> x, Parameter<float> logRate, Parameter<float> bias, Matrix<float> y)
    {
        using Widened rates = new(this, logRate), offsets = new(this, bias);
        base.LogDecay(x, rates.Parameter, offsets.Parameter, y);
    }

    public override void LogDecayBackward(
        Matrix<float> x, Parameter<float> logRate, Parameter<float> bias, Matrix<float> dy, Matrix<float> dx, Matrix<float>? dLogRate, Matrix<float>? dBias)
    {
        using Widened rates = new(this, logRate), offsets = new(this, bias);
        base.LogDecayBackward(x, rates.Parameter, offsets.Parameter, dy, dx, dLogRate, dBias);
    }

    public override void Xielu(Matrix<float> x, XieluParameters<float> parameters, Matrix<float> y)
    {
        using WidenedXielu wide = new(this, parameters);
        base.Xielu(x, wide.Parameters, y);
    }

    public override void XieluBackward(
        Matrix<float> x, XieluParameters<float> parameters, Matrix<float> dy, Matrix<float> dx, Matrix<float>? dAlphaP, Matrix<float>? dAlphaN)
    {
        using WidenedXielu wide = new(this, parameters);
        base.XieluBackward(x, wide.Parameters, dy, dx, dAlphaP, dAlphaN);
    }

    private sealed class BFloat16Memory(MemoryCounter counter, long length) : ParameterMemory<float>(length, ParameterStorage.BFloat16)
    {
        private readonly NativeBuffer<ushort> _buffer = new(counter, length);

        public ushort* Pointer => _buffer.Pointer;

        protected override void Dispose(bool disposing) => _buffer.Dispose();
    }

    /// <summary>A parameter in float32 for the time of one operation.</summary>
    private sealed class WidenedXielu(NarrowDevice device, XieluParameters<float> parameters) : IDisposable
    {
        private readonly Widened _alphaP = new(device, parameters.AlphaP);
        private readonly Widened _alphaN = new(device, parameters.AlphaN);
        private readonly Widened _beta = new(device, parameters.Beta);
        private readonly Widened _epsilon = new(device, parameters.Epsilon);

        public XieluParameters<float> Parameters => new(_alphaP.Parameter, _alphaN.Parameter, _beta.Parameter, _epsilon.Parameter);

        public void Dispose()
        {
            _alphaP.Dispose();
            _alphaN.Dispose();
            _beta.Dispose();
            _epsilon.Dispose();
        }
    }

    private sealed class Widened : IDisposable
    {
        private readonly DeviceMemory<float> _memory;

        public Widened(NarrowDevice device, Parameter<float> parameter)
        {
            _memory = device.Allocate(parameter.Count);
            var matrix = _memory.AsMatrix(parameter.Rows, parameter.Columns);
            device.Widen(parameter, matrix);
            Parameter = matrix;
        }

        public Parameter<float> Parameter { get; }

        public void Dispose() => _memory.Dispose();
    }
}
