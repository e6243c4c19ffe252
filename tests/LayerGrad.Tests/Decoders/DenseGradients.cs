using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Tests.Decoders;

/// <summary>A sink that forms every gradient as a matrix, the way the product never does: what tests compare against.</summary>
internal sealed class DenseGradients(Device<double> device, Func<string, bool> wants, bool parameters = false) : IGradientSink<double>, IDisposable
{
    private readonly Dictionary<string, DeviceMemory<double>> _accumulators = [];

    /// <summary>The gradient of each example and linear weight, outputs x inputs, row-major.</summary>
    public Dictionary<(int Example, string Weight), double[]> Linears { get; } = [];

    /// <summary>The losses of the last batch.</summary>
    public IReadOnlyList<double> Losses { get; private set; } = [];

    /// <summary>The gradient of a norm, a bias or the embedding, summed over the batch; zero where nobody asked where to add it, as for an expert without tokens.</summary>
    public double[] Parameter(ParameterSpecification parameter)
    {
        var values = new double[parameter.Count];
        if (_accumulators.TryGetValue(parameter.Name, out var memory))
            device.Download(memory.AsMatrix(parameter.Rows, parameter.Columns), values);
        return values;
    }

    public bool Wants(ParameterSpecification weight) => wants(weight.Name);

    public Matrix<double>? Accumulator(ParameterSpecification parameter)
    {
        if (!parameters)
            return null;
        if (!_accumulators.TryGetValue(parameter.Name, out var memory))
        {
            memory = _accumulators[parameter.Name] = device.Allocate(parameter.Count);
            device.Clear(memory.AsMatrix(parameter.Rows, parameter.Columns));
        }

        return memory.AsMatrix(parameter.Rows, parameter.Columns);
    }

    public void Begin(int examples) => Losses = [];

    public void End(IReadOnlyList<double> losses) => Losses = losses;

    public void Linear(LinearGradient<double> gradient)
    {
        foreach (var segment in gradient.Segments)
        {
            foreach (var output in gradient.Outputs)
            {
                using var memory = device.Allocate(output.Linear.Weight.Count);
                var matrix = memory.AsMatrix(output.Linear.Outputs, output.Linear.Inputs);
                device.Multiply(
                    output.Delta.RowRange(segment.Start, segment.Length), true, gradient.Input.RowRange(segment.Start, segment.Length), false, matrix);
                var values = new double[matrix.Count];
                device.Download(matrix, values);
                Linears[(segment.Example, output.Linear.Weight.Name)] = values;
            }
        }
    }

    public void Dispose()
    {
        foreach (var memory in _accumulators.Values)
            memory.Dispose();
    }
}
