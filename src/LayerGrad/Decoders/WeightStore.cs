using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Parts;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>
/// The weights of a decoder on a device. Resident layers are read once; the others are read from the checkpoint
/// each time they are visited, into memory that all of them share, while the next one's pages are read ahead.
/// Embedding rows and the head are looked at in parts and never need to be there as a whole. On a device that can, a parameter takes no more
/// bytes than in the checkpoint.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class WeightStore<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Device<T> _device;
    private readonly DecoderSpecification _specification;
    private readonly IParameterSource<T> _source;
    private readonly Dictionary<string, Parameter<T>> _weights = [];
    private readonly List<ParameterMemory<T>> _owned = [];
    private readonly int _residentLayers;
    private readonly bool _fullWidth;
    private readonly Dictionary<ParameterStorage, ParameterMemory<T>> _streamed = [];
    private ParameterMemory<T>? _headBlock;
    private int _streamedLayer = -1;

    /// <summary>Reads the resident weights.</summary>
    /// <param name="device">Where the weights go.</param>
    /// <param name="specification">What there is.</param>
    /// <param name="source">The checkpoint.</param>
    /// <param name="residentLayers">How many layers, from the first on, stay.</param>
    /// <param name="residentHead">Whether the head (and with it a tied embedding) stays.</param>
    /// <param name="residentEmbedding">Whether an embedding of its own stays, as training needs it.</param>
    /// <param name="fullWidth">Whether all parameters are stored in the type that is computed in, however the checkpoint stores them, as training needs it.</param>
    public WeightStore(
        Device<T> device, DecoderSpecification specification, IParameterSource<T> source, int residentLayers, bool residentHead, bool residentEmbedding = false,
        bool fullWidth = false)
    {
        _device = device;
        _specification = specification;
        _source = source;
        _fullWidth = fullWidth;
        _residentLayers = Math.Min(residentLayers, specification.Layers.Count);
        try
        {
            LoadResident(residentHead, residentEmbedding);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The bytes that a store takes.</summary>
    /// <param name="specification">What there is.</param>
    /// <param name="residentLayers">How many layers, from the first on, stay.</param>
    /// <param name="residentHead">Whether the head stays.</param>
    /// <param name="residentEmbedding">Whether an embedding of its own stays.</param>
    /// <param name="elementBytes">The bytes that an element of a parameter takes on the device.</param>
    public static long Bytes(
        DecoderSpecification specification, int residentLayers, bool residentHead, bool residentEmbedding, Func<ParameterSpecification, int> elementBytes)
    {
        return Resident(specification, residentLayers, residentHead, residentEmbedding).Sum(parameter => parameter.Count * elementBytes(parameter))
            + (residentLayers < specification.Layers.Count ? StreamedLengths(specification, elementBytes).Sum(room => room.Key * room.Value) : 0)
            + (residentHead ? 0 : HeadBlockElements(specification.Head) * elementBytes(specification.Head.Linear.Weight));
    }

    /// <summary>A resident parameter, or one of the streamed layer that was visited last.</summary>
    /// <param name="parameter">The parameter.</param>
    public Parameter<T> this[ParameterSpecification parameter] => _weights[parameter.Name];

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
            LoadStreamed(_specification.Layers[layer].Parameters);
            _streamedLayer = layer;
        }

        if (next >= _residentLayers && next < _specification.Layers.Count && next != layer)
        {
            foreach (var parameter in _specification.Layers[next].Parameters)
                _source.Prefetch(parameter);
        }
    }

    /// <summary>Rows of a parameter by their numbers, resident or not.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="rows">The number of each row.</param>
    /// <param name="destination">Where they go, one behind the other.</param>
    public void GatherRows(ParameterSpecification parameter, int[] rows, Matrix<T> destination)
    {
        if (_weights.TryGetValue(parameter.Name, out var resident))
        {
            _device.GatherRows(resident, rows, destination);
            return;
        }

        _device.Fill(destination, (start, values) =>
        {
            var row = (int)(start / parameter.Columns);
            for (; !values.IsEmpty; values = values[parameter.Columns..])
                _source.Read(parameter, (long)rows[row++] * parameter.Columns, values[..parameter.Columns]);
        });
    }

    /// <summary>Neighbouring rows of the head, available until the next call: all of them where it is resident, at most <see cref="Head.BlockRows"/> where it is not.</summary>
    /// <param name="first">The first row.</param>
    /// <param name="count">How many.</param>
    public Parameter<T> HeadRows(int first, int count)
    {
        var head = _specification.Head.Linear.Weight;
        if (_weights.TryGetValue(head.Name, out var resident))
            return resident.RowRange(first, count);
        var rows = _headBlock!.AsParameter(count, head.Columns);
        _device.LoadParameter(rows, (start, values) => _source.Read(head, (long)first * head.Columns + start, values));
        return rows;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var memory in _owned)
            memory.Dispose();
        _owned.Clear();
        _weights.Clear();
    }

    /// <summary>Reads what stays, and makes room for what does not: one of the other layers, and a block of the head.</summary>
    private void LoadResident(bool residentHead, bool residentEmbedding)
    {
        foreach (var parameter in Resident(_specification, _residentLayers, residentHead, residentEmbedding))
            Load(parameter, Allocate(parameter.Count, StorageOf(parameter)), 0);
        if (_residentLayers < _specification.Layers.Count)
        {
            foreach (var (storage, length) in StreamedLengths(_specification, StorageOf))
                _streamed.Add(storage, Allocate(length, storage));
        }

        if (!residentHead)
            _headBlock = Allocate(HeadBlockElements(_specification.Head), StorageOf(_specification.Head.Linear.Weight));
    }

    /// <summary>What stays: some layers, and whatever belongs to none.</summary>
    private static IEnumerable<ParameterSpecification> Resident(DecoderSpecification specification, int layers, bool head, bool embedding)
    {
        var linear = specification.Head.Linear;
        return
        [
            .. specification.Layers.Take(layers).SelectMany(layer => layer.Parameters),
            .. specification.FinalNorm.Parameters,
            .. new[] { linear.Bias, specification.PositionEmbedding, head ? linear.Weight : null }.OfType<ParameterSpecification>(),
            .. specification.PerLayerInputs is { } inputs ? inputs.Resident : [],
            .. embedding && specification.PerLayerInputs is { } table ? [table.Embedding] : (ParameterSpecification[])[],
            .. embedding && !(head && specification.IsTied) ? [specification.Embedding] : (ParameterSpecification[])[],
        ];
    }

    /// <summary>The most elements that any layer has in each type of storage.</summary>
    private static Dictionary<TStorage, long> StreamedLengths<TStorage>(DecoderSpecification specification, Func<ParameterSpecification, TStorage> storageOf)
        where TStorage : notnull
    {
        var most = new Dictionary<TStorage, long>();
        foreach (var layer in specification.Layers)
        {
            foreach (var group in layer.Parameters.GroupBy(storageOf))
                most[group.Key] = Math.Max(most.GetValueOrDefault(group.Key), group.Sum(Aligned));
        }

        return most;
    }

    private static long Aligned(ParameterSpecification parameter) => Workspace<T>.Elements(parameter.Rows, parameter.Columns);

    private static long HeadBlockElements(HeadSpecification head) => (long)Head.BlockRows(head) * head.Linear.Weight.Columns;

    private ParameterStorage StorageOf(ParameterSpecification parameter) => _fullWidth ? ParameterStorage.Element : _source.StorageOf(parameter);

    private ParameterMemory<T> Allocate(long length, ParameterStorage storage)
    {
        var memory = _device.AllocateParameters(length, storage);
        _owned.Add(memory);
        return memory;
    }

    private void LoadStreamed(IEnumerable<ParameterSpecification> parameters)
    {
        var positions = new Dictionary<ParameterStorage, long>();
        foreach (var parameter in parameters)
        {
            var storage = StorageOf(parameter);
            var position = positions.GetValueOrDefault(storage);
            Load(parameter, _streamed[storage], position);
            positions[storage] = position + Aligned(parameter);
        }
    }

    private void Load(ParameterSpecification parameter, ParameterMemory<T> memory, long offset)
    {
        var values = memory.AsParameter(parameter.Rows, parameter.Columns, offset);
        _device.LoadParameter(values, (start, part) => _source.Read(parameter, start, part));
        _weights[parameter.Name] = values;
    }
}
