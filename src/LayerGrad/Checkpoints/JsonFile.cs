using System.Text.Json;

namespace LayerGrad.Checkpoints;

/// <summary>Reads JSON files; an error names file, line and column.</summary>
internal static class JsonFile
{
    /// <summary>Reads and parses a file.</summary>
    public static JsonDocument Read(string path) => Parse(path, ReadBytes(path));

    /// <summary>Reads a file.</summary>
    public static byte[] ReadBytes(string path)
    {
        using var file = CheckpointFile.Open(path);
        if (file.Length > 1 << 30)
            throw new InputException($"{path}: has {file.Length} bytes, too many for a JSON file of a model");
        var bytes = new byte[file.Length];
        file.Read(0, bytes, "it");
        return bytes;
    }

    /// <summary>Parses what stood in a file.</summary>
    public static JsonDocument Parse(string path, byte[] bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes);
        }
        catch (JsonException error)
        {
            throw new InputException($"{path}:{error.LineNumber + 1}:{error.BytePositionInLine + 1}: is not valid JSON", error);
        }
    }
}
