using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>
/// The weights of a decoder on a device. Resident layers are read once; the others are read from the checkpoint
/// each time they are visited, into one buffer that all of them share, while the next one's pages are read ahead.
/// Embedding rows and the head are looked at in parts and never need to be there as a whole.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class WeightStore<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _device;
    private readonly DecoderSpecification _specification;
    private readonly IParameterSource<T> _source;
    private readonly Dictionary<string, Matrix<T>> _weights = [];
    private readonly List<DeviceMemory<T>> _owned = [];
    private readonly int _residentLayers;
    private readonly DeviceMemory<T>? _streamed;
    private int _streamedLayer = -1;

    /// <summary>Reads the resident weights.</summary>
    /// <param name="device">Where the weights go.</param>
    /// <param name="specification">What there is.</param>
    /// <param name="source">The checkpoint.</param>
    /// <param name="residentLayers">How many layers, from the first on, stay.</param>
    /// <param name="residentHead">Whether the head (and with it a tied embedding) stays.</param>
    /// <param name="residentEmbedding">Whether an embedding of its own stays, as training needs it.</param>
    public WeightStore(
        Device<T> device, DecoderSpecification specification, IParameterSource<T> source, int residentLayers, bool residentHead, bool residentEmbedding = false)
    {
        _device = device;
        _specification = specification;
        _source = source;
        _residentLayers = Math.Min(residentLayers, specification.Layers.Count);
        try
        {
            _streamed = LoadResident(residentHead, residentEmbedding);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>A resident parameter, or one of the streamed layer that was visited last.</summary>
    /// <param name="parameter">The parameter.</param>
    public Matrix<T> this[ParameterSpecification parameter] => _weights[parameter.Name];

    /// <summary>Whether a parameter is on the device as a whole.</summary>
    /// <param name="parameter">The parameter.</param>
    public bool Holds(ParameterSpecification parameter) => _weights.ContainsKey(parameter.Name);

    /// <summary>Makes a layer's weights available until the next call.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="next">The layer that will be visited after it, whose pages are read ahead.</param>
    public void Visit(int layer, int next)
    {
        if (layer < _residentLayers)
            return;
        if (_streamedLayer != layer)
        {
            Load(_specification.Layers[layer].Parameters, _streamed);
            _streamedLayer = layer;
        }

        if (next >= _residentLayers && next < _specification.Layers.Count && next != layer)
        {
            foreach (var parameter in _specification.Layers[next].Parameters)
                _source.Prefetch(parameter);
        }
    }

    /// <summary>Reads neighbouring rows of a parameter that is not resident.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="firstRow">The first row.</param>
    /// <param name="destination">Where they go; its rows say how many.</param>
    public void ReadRows(ParameterSpecification parameter, int firstRow, Matrix<T> destination)
    {
        if (_weights.TryGetValue(parameter.Name, out var resident))
        {
            _device.Copy(resident.RowRange(firstRow, destination.Rows), destination);
            return;
        }

        _device.Fill(destination, (start, values) => _source.Read(parameter, (long)firstRow * parameter.Columns + start, values));
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var memory in _owned)
            memory.Dispose();
        _owned.Clear();
        _weights.Clear();
    }

    /// <summary>Reads what stays, and makes room for one of the layers that do not.</summary>
    private DeviceMemory<T>? LoadResident(bool residentHead, bool residentEmbedding)
    {
        foreach (var layer in _specification.Layers.Take(_residentLayers))
            Load(layer.Parameters, null);
        DeviceMemory<T>? room = null;
        if (_residentLayers < _specification.Layers.Count)
        {
            room = _device.Allocate(_specification.Layers.Max(layer => layer.Parameters.Sum(parameter => Aligned(parameter.Count))));
            _owned.Add(room);
        }

        if (_specification.PositionEmbedding is { } positions)
            Load([positions], null);
        Load(_specification.FinalNorm.Parameters, null);
        if (_specification.Head.Linear.Bias is { } bias)
            Load([bias], null);
        if (residentHead)
            Load([_specification.Head.Linear.Weight], null);
        if (residentEmbedding && !Holds(_specification.Embedding))
            Load([_specification.Embedding], null);
        return room;
    }

    private static long Aligned(long count) => (count + 15) / 16 * 16;

    private void Load(IEnumerable<ParameterSpecification> parameters, DeviceMemory<T>? buffer)
    {
        long position = 0;
        foreach (var parameter in parameters)
        {
            Matrix<T> matrix;
            if (buffer is null)
            {
                var memory = _device.Allocate(parameter.Count);
                _owned.Add(memory);
                matrix = memory.AsMatrix(parameter.Rows, parameter.Columns);
            }
            else
            {
                matrix = buffer.AsMatrix(parameter.Rows, parameter.Columns, position);
                position += Aligned(parameter.Count);
            }

            _device.Fill(matrix, (start, values) => _source.Read(parameter, start, values));
            _weights[parameter.Name] = matrix;
        }
    }
}
