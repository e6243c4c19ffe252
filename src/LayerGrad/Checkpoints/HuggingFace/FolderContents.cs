namespace LayerGrad.Checkpoints.HuggingFace;

/// <summary>Says of a folder without the files of a model what it holds instead.</summary>
internal static class FolderContents
{
    private static readonly (string Pattern, string What)[] s_others =
    [
        ("pytorch_model*.bin", "holds {0}, which no pytorch_model.bin.index.json names; rename a single file to pytorch_model.bin, or download the index"),
        ("consolidated*.pth", "holds its weights in {0}, as their makers publish them; give the folder that Hugging Face lays out"),
        ("consolidated*.safetensors", "holds its weights in {0} under their makers' own names; give the folder that Hugging Face lays out"),
        ("adapter_model.*", "holds an adapter ({0}), not a model; give its model with --model and this folder with --adapter"),
        ("*.gguf", "holds {0}; give that file itself"),
        ("tf_model*.h5", "holds its weights in {0}, as TensorFlow writes them, which is not read; save the model as safetensors"),
        ("flax_model*.msgpack", "holds its weights in {0}, as Flax writes them, which is not read; save the model as safetensors"),
        ("*.onnx", "holds an ONNX graph ({0}), which is not read; give the folder of the model that it was exported from"),
        ("*.bin", "holds {0}; if these are weights of torch.save, rename the file to pytorch_model.bin"),
        ("*.safetensors", "holds {0}, which no model.safetensors.index.json names; rename a single file to model.safetensors, or download the index"),
    ];

    /// <summary>What it holds and what to do about it, as the rest of a sentence; null where nothing is known.</summary>
    /// <param name="folder">The folder.</param>
    public static string? Advice(string folder)
    {
        foreach (var (pattern, what) in s_others)
        {
            // Of several the first by name, so that the same folder is always answered alike.
            if (Directory.EnumerateFiles(folder, pattern).Select(Path.GetFileName).Order(StringComparer.Ordinal).FirstOrDefault() is { } name)
                return "it " + OneLine.Of(what.Replace("{0}", name, StringComparison.Ordinal));
        }

        var inner = Directory.EnumerateDirectories(folder).Order(StringComparer.Ordinal).FirstOrDefault(static inner => File.Exists(Path.Combine(inner, "config.json")));
        return inner is null ? null : $"there is one in {OneLine.Of(inner)}; give that folder";
    }
}
