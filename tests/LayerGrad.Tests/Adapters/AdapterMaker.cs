using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Adapters;

/// <summary>Writes adapters as PEFT does, with numbers made up.</summary>
internal sealed class AdapterMaker : IDisposable
{
    private const string Wrapper = "base_model.model.";

    private readonly TemporaryFolder _folder = new();
    private readonly Random _random = new(7);
    private readonly List<WrittenTensor> _tensors = [];

    /// <summary>The configuration's fields.</summary>
    public JsonObject Config { get; } = new()
    {
        ["peft_type"] = "LORA",
        ["r"] = 2,
        ["lora_alpha"] = 3,
        ["target_modules"] = new JsonArray("q_proj"),
        ["bias"] = "none",
    };

    /// <summary>What was written, by the names in the file.</summary>
    public Dictionary<string, float[]> Values { get; } = [];

    /// <summary>Adds a tensor.</summary>
    public AdapterMaker With(string name, params long[] shape)
    {
        var values = new float[shape.Aggregate(1L, static (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++)
            values[i] = (float)(0.2 * _random.NextDouble() - 0.1);
        Values.Add(Wrapper + name, values);
        _tensors.Add(new WrittenTensor(Wrapper + name, shape, values));
        return this;
    }

    /// <summary>Adds A and B of a module.</summary>
    public AdapterMaker WithModule(string module, int rank, int inputs, int outputs) => With($"{module}.lora_A.weight", rank, inputs).With($"{module}.lora_B.weight", outputs, rank);

    /// <summary>Writes the adapter and gives its folder.</summary>
    public string Write(StoredPrecision precision = StoredPrecision.Float32)
    {
        CheckpointWriter.WriteAdapter(_folder.Path, System.Text.Encoding.UTF8.GetBytes(Config.ToJsonString()), _tensors, precision);
        return _folder.Path;
    }

    /// <summary>Writes the adapter with its tensors as torch.save writes them.</summary>
    public string WriteTorch()
    {
        _folder.Write("adapter_config.json", Config.ToJsonString());
        Checkpoints.TorchFileBuilder.Write(_folder.At("adapter_model.bin"), [.. _tensors.Select(tensor => (tensor.Name, tensor.Shape, Values[tensor.Name]))]);
        return _folder.Path;
    }

    public void Dispose() => _folder.Dispose();
}
