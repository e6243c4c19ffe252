using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>Writes a checkpoint again with other names, values or tensors.</summary>
internal static class SafetensorsBuilder
{
    /// <summary>All tensors of a folder by name.</summary>
    public static List<(string Name, long[] Shape, float[] Values)> Read(string folder)
    {
        using var checkpoint = Checkpoint.Open(folder);
        return [.. checkpoint.Tensors.Values.Select(tensor =>
        {
            var values = new float[tensor.Elements];
            checkpoint.Read(tensor.Name, 0, values);
            return (tensor.Name, tensor.Shape, values);
        })];
    }

    /// <summary>Writes <c>model.safetensors</c> beside a copy of the configuration, in which some fields are set.</summary>
    public static void Write(string folder, string configFrom, IReadOnlyList<(string Name, long[] Shape, float[] Values)> tensors, params (string Field, JsonNode? Value)[] fields)
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(configFrom, "config.json")))!.AsObject();
        foreach (var (field, value) in fields)
            config[field] = value;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        var (header, position) = (new JsonObject(), 0L);
        foreach (var (name, shape, values) in tensors)
        {
            header[name] = JsonNode.Parse(string.Create(CultureInfo.InvariantCulture,
                $$"""{"dtype": "F32", "shape": [{{string.Join(", ", shape)}}], "data_offsets": [{{position}}, {{position + (4L * values.Length)}}]}"""));
            position += 4L * values.Length;
        }

        var json = Encoding.UTF8.GetBytes(header.ToJsonString());
        using var file = File.Create(Path.Combine(folder, "model.safetensors"));
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        foreach (var (_, _, values) in tensors)
            file.Write(MemoryMarshal.AsBytes(values.AsSpan()));
    }
}
