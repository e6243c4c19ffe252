using LayerGrad.Json;

namespace LayerGrad.Checkpoints.Adapters;

/// <summary>
/// An adapter as PEFT's <c>save_pretrained</c> writes it: a folder with <c>adapter_config.json</c> and <c>adapter_model.safetensors</c> (or
/// <c>adapter_model.bin</c>). What its tensors mean for a base is said by <see cref="AdapterBinding"/>.
/// </summary>
internal sealed class Adapter : IDisposable
{
    /// <summary>The file of its tensors.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    /// <summary>The same as torch.save wrote it.</summary>
    public const string TorchFile = "adapter_model.bin";

    private readonly byte[] _config;
    private readonly WeightFile _file;

    private Adapter(string name, string folder, byte[] config, AdapterConfiguration configuration, WeightFile file)
    {
        (Name, Folder, _config, Configuration, _file) = (name, folder, config, configuration, file);
        var tensors = new SortedDictionary<string, AdapterTensor>(StringComparer.Ordinal);
        foreach (var tensor in file.Tensors)
        {
            var stored = file.Locate(tensor)
                ?? throw new InputException(OneLine.Of($"{file.File.Path}: stores the tensor '{tensor.Name}' as {tensor.DType.Name}, which is not supported; float32, bfloat16 and float16 are"));
            tensors.Add(tensor.Name, new AdapterTensor(new TensorInfo(tensor.Name, tensor.DType.Name, tensor.Shape, tensor.End - tensor.Begin), stored));
        }

        Tensors = tensors;
    }

    /// <summary>The adapter as the user named it.</summary>
    public string Name { get; }

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <summary>The file of its tensors.</summary>
    public string File => _file.File.Path;

    /// <summary>Its configuration.</summary>
    public AdapterConfiguration Configuration { get; }

    /// <summary>Its tensors, by their names in the file.</summary>
    public IReadOnlyDictionary<string, AdapterTensor> Tensors { get; }

    /// <summary>Opens an adapter.</summary>
    /// <param name="name">The adapter as the user named it.</param>
    /// <param name="folder">Its folder.</param>
    /// <exception cref="InputException">It is none, is broken, or asks for what is not supported.</exception>
    public static Adapter Open(string name, string folder)
    {
        var configPath = Path.Combine(folder, AdapterConfiguration.FileName);
        if (!System.IO.File.Exists(configPath))
        {
            throw new InputException(Directory.Exists(folder)
                ? $"{folder}: has no {AdapterConfiguration.FileName}; --adapter takes the folder of a LoRA adapter as PEFT's save_pretrained writes it"
                : $"{folder}: no such folder; --adapter takes the folder of a LoRA adapter as PEFT's save_pretrained writes it");
        }

        var bytes = ForeignJson.ReadBytes(configPath);
        var configuration = AdapterConfiguration.Parse(bytes, configPath);
        var file = OpenWeights(folder);
        try
        {
            return new Adapter(name, folder, bytes, configuration, file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Its identity for a run's metadata, as <see cref="Checkpoint.Hash"/> is a model's.</summary>
    public string Hash() => ContentHash.Of(
        _config, [(Path.GetFileName(File), _file.File, _file.DataStart, from tensor in _file.Tensors select new StoredBytes(_file.File, tensor.Name, tensor.Begin, tensor.End - tensor.Begin))]);

    /// <inheritdoc />
    public void Dispose() => _file.Dispose();

    private static WeightFile OpenWeights(string folder)
    {
        var (safetensors, torch) = (Path.Combine(folder, WeightsFile), Path.Combine(folder, TorchFile));
        if (System.IO.File.Exists(safetensors))
            return WeightFile.OpenSafetensors(safetensors);
        return System.IO.File.Exists(torch)
            ? WeightFile.OpenTorch(torch)
            : throw new InputException($"{folder}: has neither {WeightsFile} nor {TorchFile}; the adapter is incomplete");
    }
}
