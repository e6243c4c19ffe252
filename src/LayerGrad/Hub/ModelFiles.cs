using LayerGrad.Checkpoints;
using LayerGrad.Checkpoints.Adapters;
using LayerGrad.Checkpoints.HuggingFace;

namespace LayerGrad.Hub;

/// <summary>Which files of a model's repository are needed.</summary>
internal static class ModelFiles
{
    private static readonly string[] s_small =
    [
        "config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "chat_template.jinja", "chat_template.json",
    ];

    /// <summary>
    /// Configuration, tokenizer and weights: <c>model.safetensors</c>, or the index and then the shards it names; where there is neither,
    /// the same of <c>pytorch_model.bin</c>; of a repository of GGUF files, the only one.
    /// </summary>
    /// <param name="display">The repository's name, for error messages.</param>
    /// <param name="files">The paths of all its files.</param>
    /// <param name="folder">The folder that holds what has been downloaded.</param>
    /// <exception cref="InputException">It holds no weights that can be read.</exception>
    public static IEnumerable<string> Needed(string display, IReadOnlyList<string> files, string folder)
    {
        if (SingleGguf(display, files) is { } gguf)
            return [gguf];
        if (!files.Contains("config.json"))
            throw new InputException($"{display}: has no config.json: it is not the repository of a model that can be read");
        var small = s_small.Where(files.Contains);
        var layout = WeightLayout.Find(files.Contains)
            ?? throw new InputException($"{display}: has {WeightLayout.Expected}; other formats of weights are not read");
        if (files.Contains(layout.Single))
            return small.Append(layout.Single);
        var index = Path.Combine(folder, layout.Index);
        return File.Exists(index)
            ? small.Append(layout.Index).Concat(ShardIndex.Read(index).Values.Distinct().Order(StringComparer.Ordinal))
            : small.Append(layout.Index);
    }

    /// <summary>Whether a file in a model's folder, or in an adapter's, is one that is read of it: weights in any layout, their indices, configurations, what a tokenizer needs.</summary>
    /// <param name="path">Its path.</param>
    public static bool MayBelong(string path)
    {
        var name = Path.GetFileName(path);
        return WeightLayout.All.Any(layout => name.EndsWith(layout.Extension, StringComparison.Ordinal) || name == layout.Index)
            || s_small.Contains(name) || name == AdapterConfiguration.FileName || CheckpointWriter.TokenizerFiles.Contains(name);
    }

    /// <summary>Whether a file of a model is small by its kind: configurations, tokenizers, templates, indices.</summary>
    public static bool IsSmall(string path) => Path.GetExtension(path) is ".json" or ".jinja" or ".txt";

    /// <summary>What a tokenizer and chat templates need.</summary>
    public static IEnumerable<string> WithoutWeights(IReadOnlyList<string> files) => s_small.Where(files.Contains);

    /// <summary>What <see cref="Needed"/> will come to, before the index that names the shards is there: all of them count.</summary>
    public static IEnumerable<string> Foreseen(string display, IReadOnlyList<string> files)
    {
        if (SingleGguf(display, files) is { } gguf)
            return [gguf];
        var small = s_small.Where(files.Contains);
        if (WeightLayout.Find(files.Contains) is not { } layout)
            return small;
        return small.Concat(files.Contains(layout.Single)
            ? [layout.Single]
            : files.Where(file => !file.Contains('/') && (file == layout.Index || file.EndsWith(layout.Extension, StringComparison.Ordinal))));
    }

    /// <summary>The only GGUF file of a repository without other weights, or null where there is none.</summary>
    public static string? SingleGguf(string display, IReadOnlyList<string> files)
    {
        if (WeightLayout.Find(files.Contains) is not null)
            return null;
        var ggufs = files.Where(static file => file.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).ToList();
        if (ggufs.Count <= 1)
            return ggufs.SingleOrDefault();
        var listed = string.Join(", ", ggufs.Take(8)) + (ggufs.Count > 8 ? ", …" : "");
        throw new InputException($"{display}: holds several GGUF files; name one as hf://{display}/FILE: {HubError.OneLine(listed)}");
    }
}
