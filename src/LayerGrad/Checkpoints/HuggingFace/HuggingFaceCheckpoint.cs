using System.Text.Json;
using LayerGrad.Checkpoints.Quantized;
using LayerGrad.Checkpoints.Quantized.Settings;
using LayerGrad.Checkpoints.Safetensors;
using LayerGrad.Json;

namespace LayerGrad.Checkpoints.HuggingFace;

/// <summary>
/// A model folder as Hugging Face lays it out: <c>config.json</c> beside <c>model.safetensors</c>, or beside shards
/// with <c>model.safetensors.index.json</c>; where there is neither, beside <c>pytorch_model.bin</c>, whole or in shards.
/// </summary>
internal sealed class HuggingFaceCheckpoint : Checkpoint
{
    private readonly byte[] _configBytes;
    private readonly string? _modelType;
    private readonly string _decoderPrefix;
    private readonly QuantizedFormats? _quantization;
    private readonly List<WeightFile> _files;
    private readonly Dictionary<string, TensorInfo> _tensors = [];
    private readonly Dictionary<string, IElements> _stored = [];
    private readonly Dictionary<string, StoredBytes> _bytes = [];
    private readonly Dictionary<string, (string File, string Name)> _origins = [];

    private HuggingFaceCheckpoint(string folder, byte[] configBytes, JsonValue config, List<WeightFile> files)
    {
        Location = folder;
        _configBytes = configBytes;
        _files = files;
        Config = config.Element;
        _modelType = TypeOf(config.Find("text_config") is { IsObject: true } text && text.Has("model_type") ? text : config);
        _decoderPrefix = TensorNames.Decoder(TypeOf(config));
        foreach (var file in files)
        {
            foreach (var tensor in file.Tensors)
                Add(file, tensor);
        }

        if (SettingsOf(config) is { } settings)
            _quantization = new QuantizedTensors(folder, _tensors, _stored, _bytes).Decode(settings);
        foreach (var stack in ExpertStacks.Among(_tensors, _modelType).ToList())
            Unstack(stack);
    }

    public override string Location { get; }

    public override JsonElement Config { get; }

    internal override QuantizedFormats? Quantization => _quantization;

    public override IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <summary>Opens a folder.</summary>
    public static HuggingFaceCheckpoint OpenFolder(string folder)
    {
        var configPath = Path.Combine(folder, "config.json");
        if (!File.Exists(configPath))
            throw new InputException($"{folder}: has no config.json; {FolderContents.Advice(folder) ?? "give a folder as Hugging Face lays out a model"}");
        var configBytes = ForeignJson.ReadBytes(configPath);
        var config = ForeignJson.Parse(configBytes, configPath);
        if (!config.IsObject)
            throw config.Wrong("an object");
        var files = new List<WeightFile>();
        try
        {
            OpenFiles(folder, files);
            return new HuggingFaceCheckpoint(folder, configBytes, config, files);
        }
        catch
        {
            files.ForEach(static file => file.Dispose());
            throw;
        }
    }

    public override void Read(string name, long start, Span<float> destination) => Find(name).Read(start, destination);

    public override void Read(string name, long start, Span<double> destination) => Find(name).Read(start, destination);

    internal override void Ranges(string name, FileRange range) => Find(name).Ranges(range);

    public override string Hash() => ContentHash.Of(_configBytes, [.. _files.Select(file =>
        (Path.GetFileName(file.File.Path), file.File, file.DataStart, HashedOf(file)))]);

    /// <summary>What of a file is looked at for its identity: codes as well as numbers, where weights are quantised.</summary>
    private IEnumerable<StoredBytes> HashedOf(WeightFile file) =>
        from tensor in file.Tensors
        where _quantization is not null || tensor.DType.Format is not null
        select new StoredBytes(file.File, tensor.Name, tensor.Begin, tensor.End - tensor.Begin);

    /// <summary>How weights are quantised; null also where that is not implemented, which is said when the model is described.</summary>
    private static QuantizationSettings? SettingsOf(JsonValue config)
    {
        try
        {
            return QuantizationSettings.Read(config);
        }
        catch (InputException)
        {
            return null;
        }
    }

    protected override void Dispose(bool disposing) => _files.ForEach(static file => file.Dispose());

    private static string? TypeOf(JsonValue config) => config.Find("model_type") is { IsText: true } type ? type.AsText() : null;

    private static void OpenFiles(string folder, List<WeightFile> files)
    {
        var layout = WeightLayout.Find(name => File.Exists(Path.Combine(folder, name)))
            ?? throw new InputException($"{folder}: has {WeightLayout.Expected}; {FolderContents.Advice(folder) ?? "download the model again"}");
        var single = Path.Combine(folder, layout.Single);
        if (File.Exists(single))
        {
            files.Add(layout.Open(single));
            return;
        }

        var index = ShardIndex.Read(Path.Combine(folder, layout.Index));
        var byName = new Dictionary<string, HashSet<string>>();
        foreach (var shard in index.Values.Distinct().Order(StringComparer.Ordinal))
        {
            var path = Path.Combine(folder, shard);
            if (!File.Exists(path))
                throw new InputException($"{path}: this shard, named in {layout.Index}, is missing; download it again");
            var file = layout.Open(path);
            files.Add(file);
            byName.Add(shard, [.. file.Tensors.Select(static tensor => tensor.Name)]);
        }
        foreach (var (tensor, shard) in index)
        {
            if (!byName[shard].Contains(tensor))
                throw new InputException($"{Path.Combine(folder, shard)}: does not hold the tensor '{tensor}' that {layout.Index} places there");
        }
    }

    private void Add(WeightFile file, WeightTensor tensor)
    {
        if (tensor.DType is { IsWeight: true, Format: null })
            throw new InputException($"{file.File.Path}: stores the tensor '{tensor.Name}' as {tensor.DType.Name}, which is not supported; {SafetensorsDType.Readable} are");
        var name = ExpertStacks.Renamed(TensorNames.Canonical(tensor.Name, _decoderPrefix), _modelType);
        if (!_origins.TryAdd(name, (file.File.Path, tensor.Name)))
        {
            var first = _origins[name];
            throw new InputException(OneLine.Of(first.Name == tensor.Name
                ? $"{file.File.Path}: holds the tensor '{tensor.Name}', which another shard holds too"
                : $"{file.File.Path}: '{tensor.Name}' and '{first.Name}'{(first.File == file.File.Path ? "" : $" of {first.File}")} may both be the model's '{name}', and LayerGrad cannot tell which; keep one of them"));
        }

        _tensors.Add(name, new TensorInfo(name, tensor.DType.Name, tensor.Shape, tensor.End - tensor.Begin));
        if (file.Locate(tensor) is { } stored)
            _stored.Add(name, stored);
        _bytes.Add(name, new StoredBytes(file.File, tensor.Name, tensor.Begin, tensor.End - tensor.Begin));
    }

    /// <summary>Puts the weights of single experts in the place of the tensor that holds all of them.</summary>
    private void Unstack(ExpertStack stack)
    {
        if (!_stored.Remove(stack.Name, out var elements) || !_tensors.Remove(stack.Name, out var info))
            return;
        foreach (var (view, single) in stack.Views(info, (ISlicedElements)elements))
        {
            if (!_tensors.TryAdd(view.Name, view))
                throw new InputException(OneLine.Of($"{Location}: stores '{view.Name}' by itself and within '{stack.Name}', and LayerGrad cannot tell which is the model's; keep one of them"));
            _stored.Add(view.Name, single);
        }
    }

    private IElements Find(string name)
    {
        if (_stored.TryGetValue(name, out var stored))
            return stored;
        throw new InputException(_tensors.TryGetValue(name, out var tensor)
            ? $"{Location}: stores the tensor '{name}' as {tensor.DType}, which is not supported for weights; {SafetensorsDType.Readable} are"
            : $"{Location}: has no tensor '{name}'");
    }
}
