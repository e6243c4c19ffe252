using System.Text.Json;

namespace LayerGrad.Checkpoints.Safetensors;

/// <summary>
/// A model folder as Hugging Face lays it out: <c>config.json</c> beside <c>model.safetensors</c>, or beside shards
/// with <c>model.safetensors.index.json</c>.
/// </summary>
internal sealed class HuggingFaceCheckpoint : Checkpoint
{
    private readonly JsonDocument _config;
    private readonly byte[] _configBytes;
    private readonly List<SafetensorsFile> _files;
    private readonly Dictionary<string, TensorInfo> _tensors = [];
    private readonly Dictionary<string, StoredTensor> _stored = [];

    private HuggingFaceCheckpoint(string folder, byte[] configBytes, JsonDocument config, List<SafetensorsFile> files)
    {
        Location = folder;
        _configBytes = configBytes;
        _config = config;
        _files = files;
        foreach (var file in files)
        {
            foreach (var tensor in file.Tensors)
                Add(file, tensor);
        }
    }

    public override string Location { get; }

    public override JsonElement Config => _config.RootElement;

    public override IReadOnlyDictionary<string, TensorInfo> Tensors => _tensors;

    /// <summary>Opens a folder.</summary>
    public static HuggingFaceCheckpoint OpenFolder(string folder)
    {
        var configPath = Path.Combine(folder, "config.json");
        if (!File.Exists(configPath))
            throw new InputException($"{folder}: has no config.json; give a folder as Hugging Face lays out a model");
        var configBytes = JsonFile.ReadBytes(configPath);
        var config = JsonFile.Parse(configPath, configBytes);
        var files = new List<SafetensorsFile>();
        try
        {
            if (config.RootElement.ValueKind != JsonValueKind.Object)
                throw new InputException($"{configPath}: is not a JSON object");
            OpenFiles(folder, files);
            return new HuggingFaceCheckpoint(folder, configBytes, config, files);
        }
        catch
        {
            files.ForEach(static file => file.Dispose());
            config.Dispose();
            throw;
        }
    }

    public override void Read(string name, long start, Span<float> destination) => Find(name).Read(start, destination);

    public override void Read(string name, long start, Span<double> destination) => Find(name).Read(start, destination);

    public override void Prefetch(string name) => Find(name).ReadAhead();

    public override string Hash() => ContentHash.Of(_configBytes, [.. _files.Select(static file =>
        (Path.GetFileName(file.File.Path), file.File, file.DataStart, file.Tensors.Select(file.Locate).OfType<StoredTensor>()))]);

    protected override void Dispose(bool disposing)
    {
        _files.ForEach(static file => file.Dispose());
        _config.Dispose();
    }

    private static void OpenFiles(string folder, List<SafetensorsFile> files)
    {
        var single = Path.Combine(folder, "model.safetensors");
        var indexPath = Path.Combine(folder, "model.safetensors.index.json");
        if (File.Exists(single))
        {
            files.Add(SafetensorsFile.Open(single));
            return;
        }
        if (!File.Exists(indexPath))
        {
            throw new InputException(File.Exists(Path.Combine(folder, "pytorch_model.bin")) || File.Exists(Path.Combine(folder, "pytorch_model.bin.index.json"))
                ? $"{folder}: holds its weights in pytorch_model.bin, which is not read; save the model as safetensors (save_pretrained does)"
                : $"{folder}: has neither model.safetensors nor model.safetensors.index.json");
        }

        var index = SafetensorsIndex.Read(indexPath);
        var byName = new Dictionary<string, HashSet<string>>();
        foreach (var shard in index.Values.Distinct().Order(StringComparer.Ordinal))
        {
            var path = Path.Combine(folder, shard);
            if (!File.Exists(path))
                throw new InputException($"{path}: this shard, named in model.safetensors.index.json, is missing; download it again");
            var file = SafetensorsFile.Open(path);
            files.Add(file);
            byName.Add(shard, [.. file.Tensors.Select(static tensor => tensor.Name)]);
        }
        foreach (var (tensor, shard) in index)
        {
            if (!byName[shard].Contains(tensor))
                throw new InputException($"{Path.Combine(folder, shard)}: does not hold the tensor '{tensor}' that model.safetensors.index.json places there");
        }
    }

    private void Add(SafetensorsFile file, SafetensorsTensor tensor)
    {
        if (tensor.DType is { IsWeight: true, Format: null })
            throw new InputException($"{file.File.Path}: stores the tensor '{tensor.Name}' as {tensor.DType.Name}, which is not supported; {SafetensorsDType.Readable} are");
        if (!_tensors.TryAdd(tensor.Name, new TensorInfo(tensor.Name, tensor.DType.Name, tensor.Shape, tensor.End - tensor.Begin)))
            throw new InputException($"{file.File.Path}: holds the tensor '{tensor.Name}', which another shard holds too");
        if (file.Locate(tensor) is { } stored)
            _stored.Add(tensor.Name, stored);
    }

    private StoredTensor Find(string name)
    {
        if (_stored.TryGetValue(name, out var stored))
            return stored;
        throw new InputException(_tensors.TryGetValue(name, out var tensor)
            ? $"{Location}: stores the tensor '{name}' as {tensor.DType}, which is not supported for weights; {SafetensorsDType.Readable} are"
            : $"{Location}: has no tensor '{name}'");
    }
}
