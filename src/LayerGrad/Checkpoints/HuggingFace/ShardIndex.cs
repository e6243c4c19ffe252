using LayerGrad.Json;

namespace LayerGrad.Checkpoints.HuggingFace;

/// <summary><c>model.safetensors.index.json</c> or <c>pytorch_model.bin.index.json</c>: which tensor stands in which shard.</summary>
internal static class ShardIndex
{
    /// <summary>Reads an index.</summary>
    /// <param name="path">The index file.</param>
    /// <returns>File name of the shard by name of the tensor.</returns>
    /// <exception cref="InputException">It is not an index, or names a file outside its folder.</exception>
    public static Dictionary<string, string> Read(string path)
    {
        var index = ForeignJson.ReadObject(path);
        var shards = new Dictionary<string, string>();
        foreach (var (tensor, value) in index.Object("weight_map").Members())
        {
            var shard = value.AsText();
            if (!IsPlainFileName(shard))
                throw index.Error(OneLine.Of($"the shard '{shard}' of '{tensor}' is not a plain file name in the index's own folder; refused"));
            if (!shards.TryAdd(tensor, shard))
                throw index.Error(OneLine.Of($"names the tensor '{tensor}' twice"));
        }
        if (shards.Count == 0)
            throw index.Error("weight_map names no tensor; get the file again");
        return shards;
    }

    // Backslash and colon too, so that a folder is judged alike on every system.
    private static bool IsPlainFileName(string name) =>
        name.Length > 0 && name is not ("." or "..") && !name.AsSpan().ContainsAny("/\\:") && !name.Any(char.IsControl);
}
