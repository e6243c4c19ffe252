using System.Numerics;
using LayerGrad.Checkpoints;
using LayerGrad.Checkpoints.Adapters;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients.Adapters;
using LayerGrad.Models;

namespace LayerGrad.Training.Lora;

/// <summary>
/// The A and B that are trained, on the device, and the weights of the decoder with them merged. After each step these are read from the base anew, through the
/// same code that merges a stored adapter: so the model that is trained is, bit for bit, the one that <c>--adapter</c> reads back, and no copy of the base is kept.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class LoraWeights<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string InState = "adapter.";

    private readonly Device<T> _device;
    private readonly DecoderSpecification _specification;
    private readonly AdaptedCheckpoint _merged;
    private readonly AdapterFactors<T> _factors;

    /// <summary>Loads A and B.</summary>
    /// <param name="device">Where they are trained.</param>
    /// <param name="checkpoint">The base; not disposed with this.</param>
    /// <param name="specification">The model, with the modules as its adapters.</param>
    public LoraWeights(Device<T> device, Checkpoint checkpoint, DecoderSpecification specification)
    {
        (_device, _specification) = (device, specification);
        _merged = new AdaptedCheckpoint(checkpoint, specification.Adapters.Select(static adapter => adapter.Module));
        _factors = new AdapterFactors<T>(device, specification.Adapters);
    }

    /// <summary>A and B, which are trained.</summary>
    /// <param name="specification">The model.</param>
    public static IReadOnlyList<ParameterSpecification> Trained(DecoderSpecification specification) =>
        [.. specification.Adapters.SelectMany(static adapter => new[] { adapter.A.Weight, adapter.B.Weight })];

    /// <summary>A or B on the device.</summary>
    /// <param name="parameter">Which.</param>
    public Matrix<T> this[ParameterSpecification parameter] => _factors[parameter];

    /// <summary>Gives a sink the gradients of A and B.</summary>
    /// <param name="sink">The sink.</param>
    public IGradientSink<T> Over(IGradientSink<T> sink) => new AdapterSink<T>(_device, _factors, sink);

    /// <summary>Merges A and B as they are now into the decoder's weights.</summary>
    /// <param name="weights">The decoder's.</param>
    public void Merge(WeightStore<T> weights)
    {
        foreach (var adapter in _specification.Adapters)
        {
            Download(adapter.A.Weight, adapter.Module.A);
            Download(adapter.B.Weight, adapter.Module.B);
            _merged.Adapted[adapter.Module.Tensor].Forget();
        }

        var source = ModelLoader.ParametersOf<T>(_merged, _specification);
        var adapted = _specification.Adapters.Select(static adapter => adapter.Weight).ToHashSet(StringComparer.Ordinal);
        foreach (var parameter in _specification.Layers.SelectMany(static layer => layer.Linears).Append(_specification.Head.Linear).Select(static linear => linear.Weight))
        {
            if (adapted.Contains(parameter.Name))
                _device.LoadParameter(weights[parameter], (start, part) => source.Read(parameter, start, part));
        }
    }

    /// <summary>A and B, under their names in the adapter's file.</summary>
    public IEnumerable<WrittenTensor> Tensors() => Trained(_specification).Select(parameter => Tensor(parameter, parameter.Name));

    /// <summary>A and B, under their names in the state from which a training goes on.</summary>
    public IEnumerable<WrittenTensor> State() => Trained(_specification).Select(parameter => Tensor(parameter, InState + parameter.Name));

    /// <summary>Reads A and B from such a state.</summary>
    /// <param name="state">The state.</param>
    public void Read(Checkpoint state)
    {
        foreach (var parameter in Trained(_specification))
            _device.Fill(_factors[parameter], (start, part) => CheckpointParameters<T>.Read(state, InState + parameter.Name, start, part));
    }

    /// <inheritdoc />
    public void Dispose() => _factors.Dispose();

    private WrittenTensor Tensor(ParameterSpecification parameter, string name)
    {
        var values = new T[parameter.Count];
        _device.Download(_factors[parameter], values);
        return values is float[] singles ? new WrittenTensor(name, parameter.StoredShape, singles) : new WrittenTensor(name, parameter.StoredShape, (double[])(object)values);
    }

    private void Download(ParameterSpecification parameter, IElements held)
    {
        var values = new T[parameter.Count];
        _device.Download(_factors[parameter], values);
        var destination = ((HeldElements)held).Values;
        for (var i = 0; i < values.Length; i++)
            destination[i] = double.CreateTruncating(values[i]);
    }
}
