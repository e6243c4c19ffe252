namespace LayerGrad.Checkpoints.HuggingFace;

/// <summary>How a model's folder names its files of weights in one format.</summary>
/// <param name="Single">The file that holds all weights.</param>
/// <param name="Extension">How names of shards end.</param>
/// <param name="Open">Opens one file.</param>
internal sealed record WeightLayout(string Single, string Extension, Func<string, WeightFile> Open)
{
    /// <summary>The formats that are read, the one that is preferred first, as in transformers.</summary>
    public static readonly IReadOnlyList<WeightLayout> All =
    [
        new("model.safetensors", ".safetensors", WeightFile.OpenSafetensors),
        new("pytorch_model.bin", ".bin", WeightFile.OpenTorch),
    ];

    /// <summary>What a folder without any of them lacks, for error messages.</summary>
    public const string Expected = "no model.safetensors and no pytorch_model.bin, whole or in shards with an index (model.safetensors.index.json, pytorch_model.bin.index.json)";

    /// <summary>The file that names the shards.</summary>
    public string Index => Single + ".index.json";

    /// <summary>The format of which the whole file or the index is there, or null.</summary>
    /// <param name="isThere">Whether there is a file of a name.</param>
    public static WeightLayout? Find(Func<string, bool> isThere) => All.FirstOrDefault(layout => isThere(layout.Single) || isThere(layout.Index));
}
