using System.Text.Json;

namespace LayerGrad.Checkpoints.Safetensors;

/// <summary><c>model.safetensors.index.json</c>: which tensor stands in which shard.</summary>
internal static class SafetensorsIndex
{
    /// <summary>Reads an index.</summary>
    /// <param name="path">The index file.</param>
    /// <returns>File name of the shard by name of the tensor.</returns>
    /// <exception cref="InputException">It is not an index, or names a file outside its folder.</exception>
    public static Dictionary<string, string> Read(string path)
    {
        using var document = JsonFile.Read(path);
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("weight_map", out var map)
            || map.ValueKind != JsonValueKind.Object)
            throw new InputException($"{path}: has no object 'weight_map'; get the file again");

        var shards = new Dictionary<string, string>();
        foreach (var entry in map.EnumerateObject())
        {
            if (entry.Value.ValueKind != JsonValueKind.String)
                throw new InputException($"{path}: the shard of '{entry.Name}' is not a file name");
            var shard = entry.Value.GetString()!;
            if (!IsPlainFileName(shard))
                throw new InputException($"{path}: the shard '{shard}' of '{entry.Name}' is not a plain file name in the index's own folder; refused");
            if (!shards.TryAdd(entry.Name, shard))
                throw new InputException($"{path}: names the tensor '{entry.Name}' twice");
        }
        if (shards.Count == 0)
            throw new InputException($"{path}: names no tensor");
        return shards;
    }

    // Backslash and colon too, so that a folder is judged alike on every system.
    private static bool IsPlainFileName(string name) =>
        name.Length > 0 && name is not ("." or "..") && !name.AsSpan().ContainsAny("/\\:") && !name.Any(char.IsControl);
}
