using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Parts;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>
/// The weights of a decoder on a device. Resident layers are read once; the others are read from the checkpoint
/// each time they are visited (or from where the plan holds them as they are stored), into memory that all of them share, while the next one's pages are read ahead.
/// Embedding rows and the head are looked at in parts and never need to be there as a whole. On a device that can, a parameter takes no more
/// bytes than in the checkpoint.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class WeightStore<T> : IDisposable
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>From how many elements on a block of resident layers is full.</summary>
    private const long BlockElements = 1 << 25;

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
    /// <param name="heldLayers">How many of the layers behind the resident ones the source holds as they are stored.</param>
    /// <param name="fullWidth">Whether all parameters are stored in the type that is computed in, however the checkpoint stores them, as training needs it.</param>
    public WeightStore(
        Device<T> device, DecoderSpecification specification, IParameterSource<T> source, int residentLayers, bool residentHead, bool residentEmbedding = false,
        bool fullWidth = false, int heldLayers = 0)
    {
        _device = device;
        _specification = specification;
        _source = source;
        _fullWidth = fullWidth;
        _residentLayers = Math.Min(residentLayers, specification.Layers.Count);
        try
        {
            LoadResident(residentHead, residentEmbedding);
            foreach (var parameter in specification.Layers.Skip(_residentLayers).Take(heldLayers).SelectMany(layer => layer.Parameters))
                source.Hold(parameter);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Reads the weights that a plan keeps in memory.</summary>
    /// <param name="device">Where the weights go.</param>
    /// <param name="specification">What there is.</param>
    /// <param name="source">The checkpoint.</param>
    /// <param name="plan">The plan.</param>
    public WeightStore(Device<T> device, DecoderSpecification specification, IParameterSource<T> source, MemoryPlan plan)
        : this(device, specification, source, plan.ResidentLayers, plan.ResidentHead, heldLayers: plan.HeldLayers)
    {
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
        return specification.Layers.Take(residentLayers).SelectMany(layer => layer.Parameters).Sum(parameter => Aligned(parameter) * elementBytes(parameter))
            + BesideLayers(specification, residentHead, residentEmbedding).Sum(parameter => parameter.Count * elementBytes(parameter))
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
            _streamedLayer = -1; // Where reading fails, neither the one nor the other is there.
            Load(_specification.Layers[layer].Parameters, _streamed);
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
        foreach (var parameters in ParametersOfABlock())
            Load(parameters, Lengths(parameters, StorageOf).ToDictionary(length => length.Key, length => Allocate(length.Value, length.Key)));
        foreach (var parameter in BesideLayers(_specification, residentHead, residentEmbedding))
            Load(parameter, Allocate(parameter.Count, StorageOf(parameter)), 0);
        if (_residentLayers < _specification.Layers.Count)
        {
            foreach (var (storage, length) in StreamedLengths(_specification, StorageOf))
                _streamed.Add(storage, Allocate(length, storage));
        }

        if (!residentHead)
            _headBlock = Allocate(HeadBlockElements(_specification.Head), StorageOf(_specification.Head.Linear.Weight));
    }

    /// <summary>
    /// The parameters of resident layers, as many layers together as make up a block. Not a block for each parameter: large ones can have the system's large pages, which take a fraction of the
    /// time to fill.
    /// </summary>
    private IEnumerable<List<ParameterSpecification>> ParametersOfABlock()
    {
        var parameters = new List<ParameterSpecification>();
        var elements = 0L;
        foreach (var layer in _specification.Layers.Take(_residentLayers))
        {
            parameters.AddRange(layer.Parameters);
            elements += layer.Parameters.Sum(Aligned);
            if (elements < BlockElements)
                continue;
            yield return parameters;
            (parameters, elements) = ([], 0);
        }

        if (parameters.Count > 0)
            yield return parameters;
    }

    /// <summary>What stays beside layers: whatever belongs to none.</summary>
    private static IEnumerable<ParameterSpecification> BesideLayers(DecoderSpecification specification, bool head, bool embedding)
    {
        var linear = specification.Head.Linear;
        return
        [
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
            foreach (var (storage, length) in Lengths(layer.Parameters, storageOf))
                most[storage] = Math.Max(most.GetValueOrDefault(storage), length);
        }

        return most;
    }

    /// <summary>The elements that parameters have in each type of storage.</summary>
    private static Dictionary<TStorage, long> Lengths<TStorage>(IEnumerable<ParameterSpecification> parameters, Func<ParameterSpecification, TStorage> storageOf)
        where TStorage : notnull => parameters.GroupBy(storageOf).ToDictionary(group => group.Key, group => group.Sum(Aligned));

    private static long Aligned(ParameterSpecification parameter) => Workspace<T>.Elements(parameter.Rows, parameter.Columns);

    private static long HeadBlockElements(HeadSpecification head) => (long)Head.BlockRows(head) * head.Linear.Weight.Columns;

    private ParameterStorage StorageOf(ParameterSpecification parameter) => _fullWidth ? ParameterStorage.Element : _source.StorageOf(parameter);

    private ParameterMemory<T> Allocate(long length, ParameterStorage storage)
    {
        var memory = _device.AllocateParameters(length, storage);
        _owned.Add(memory);
        return memory;
    }

    /// <summary>Reads parameters into blocks of their storage, one behind the other.</summary>
    private void Load(IEnumerable<ParameterSpecification> parameters, Dictionary<ParameterStorage, ParameterMemory<T>> blocks)
    {
        var positions = new Dictionary<ParameterStorage, long>();
        foreach (var parameter in parameters)
        {
            var storage = StorageOf(parameter);
            var position = positions.GetValueOrDefault(storage);
            Load(parameter, blocks[storage], position);
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
