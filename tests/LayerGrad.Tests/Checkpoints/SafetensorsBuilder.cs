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
    public static void Write(string folder, string configFrom, IReadOnlyList<(string Name, long[] Shape, float[] Values)> tensors, params (string Field, JsonNode? Value)[] fields) =>
        WriteTensors(folder, configFrom, [.. tensors.Select(tensor => (tensor.Name, tensor.Shape, "F32", Bytes(tensor.Values)))], fields);

    /// <summary>Writes tensors of any types beside a copy of the configuration, in which some fields are set.</summary>
    public static void WriteRaw(
        string folder, string configFrom, IReadOnlyList<(string Name, long[] Shape, string DType, byte[] Data)> tensors, params (string Field, JsonNode? Value)[] fields) =>
        WriteTensors(folder, configFrom, tensors, fields);

    /// <summary>Writes some tensors in bfloat16 and the others in float32.</summary>
    public static void WriteMixed(string folder, string configFrom, IReadOnlyList<(string Name, long[] Shape, float[] Values)> tensors, Func<string, bool> isHalf) =>
        WriteTensors(folder, configFrom, [.. tensors.Select(tensor => isHalf(tensor.Name)
            ? (tensor.Name, tensor.Shape, "BF16", MemoryMarshal.AsBytes(Array.ConvertAll(tensor.Values, Upper).AsSpan()).ToArray())
            : (tensor.Name, tensor.Shape, "F32", Bytes(tensor.Values)))], []);

    /// <summary>A number as <see cref="WriteMixed"/> stores it in bfloat16: cut off.</summary>
    public static float AsBFloat16(float value) => BitConverter.UInt32BitsToSingle((uint)Upper(value) << 16);

    private static ushort Upper(float value) => (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);

    private static byte[] Bytes(float[] values) => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();

    private static void WriteTensors(
        string folder, string configFrom, IReadOnlyList<(string Name, long[] Shape, string DType, byte[] Data)> tensors, (string Field, JsonNode? Value)[] fields)
    {
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(configFrom, "config.json")))!.AsObject();
        foreach (var (field, value) in fields)
            config[field] = value;
        File.WriteAllText(Path.Combine(folder, "config.json"), config.ToJsonString());
        var (header, position) = (new JsonObject(), 0L);
        foreach (var (name, shape, dtype, data) in tensors)
        {
            header[name] = JsonNode.Parse(string.Create(CultureInfo.InvariantCulture,
                $$"""{"dtype": "{{dtype}}", "shape": [{{string.Join(", ", shape)}}], "data_offsets": [{{position}}, {{position + data.Length}}]}"""));
            position += data.Length;
        }

        var json = Encoding.UTF8.GetBytes(header.ToJsonString());
        using var file = File.Create(Path.Combine(folder, "model.safetensors"));
        file.Write(BitConverter.GetBytes((long)json.Length));
        file.Write(json);
        foreach (var (_, _, _, data) in tensors)
            file.Write(data);
    }
}
