using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Tests.Decoders;

/// <summary>A decoder with random weights.</summary>
internal sealed class DecoderBench : IDisposable
{
    private readonly CpuDevice<double> _device;
    private readonly Decoder<double> _decoder;
    private readonly RandomParameters _parameters;

    public DecoderBench(DecoderSpecification specification, int keptLayers = int.MaxValue, int residentLayers = int.MaxValue, bool residentHead = true, int threads = 2)
    {
        Specification = specification;
        _device = new CpuDevice<double>(threads);
        _parameters = new RandomParameters(specification);
        var weights = new WeightStore<double>(_device, specification, _parameters, residentLayers, residentHead);
        _decoder = new Decoder<double>(_device, specification, weights, Math.Min(keptLayers, specification.Layers.Count));
    }

    public DecoderSpecification Specification { get; }

    /// <summary>The gradient of each linear weight for each example.</summary>
    public Dictionary<(int Example, string Weight), double[]> Linears(PackedBatch batch)
    {
        using var sink = new DenseGradients(_device, _ => true);
        _decoder.Backward(batch, sink);
        return sink.Linears;
    }

    /// <summary>The gradient of every parameter for the sum of the examples' losses.</summary>
    public Dictionary<string, double[]> Gradients(PackedBatch batch)
    {
        using var sink = new DenseGradients(_device, _ => true, parameters: true);
        _decoder.Backward(batch, sink);
        var linears = Specification.Layers.SelectMany(layer => layer.Linears).Append(Specification.Head.Linear).Select(linear => linear.Weight.Name).ToHashSet();
        var gradients = new Dictionary<string, double[]>();
        foreach (var parameter in Specification.Parameters.Where(parameter => !parameter.IsBuffer))
        {
            var sum = linears.Contains(parameter.Name) && parameter.Name != Specification.Embedding.Name ? new double[parameter.Count] : sink.Parameter(parameter);
            foreach (var gradient in sink.Linears.Where(pair => pair.Key.Weight == parameter.Name).Select(pair => pair.Value))
                sum = [.. sum.Zip(gradient, (a, b) => a + b)];
            gradients[parameter.Name] = sum;
        }

        return gradients;
    }

    /// <summary>The sum of the losses with a parameter moved along a direction.</summary>
    public double LossAt(PackedBatch batch, ParameterSpecification parameter, double[] direction, double step)
    {
        var values = _parameters[parameter];
        var kept = values.ToArray();
        for (var i = 0; i < values.Length; i++)
            values[i] += step * direction[i];
        Refresh(parameter, values);
        var loss = _decoder.Losses(batch).Sum();
        kept.CopyTo(values, 0);
        Refresh(parameter, values);
        return loss;
    }

    public void Dispose()
    {
        _decoder.Dispose();
        _device.Dispose();
    }

    private void Refresh(ParameterSpecification parameter, double[] values)
    {
        if (_decoder.Weights.Holds(parameter))
            _device.Upload(values, _decoder.Weights[parameter].AsMatrix());
    }
}
