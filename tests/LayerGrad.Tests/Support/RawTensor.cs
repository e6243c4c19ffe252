using System.Text.Json.Nodes;

namespace LayerGrad.Tests.Support;

/// <summary>A tensor of a safetensors file as it is stored, so that a test can store it otherwise.</summary>
internal sealed record RawTensor(string Name, long[] Shape, string DType, byte[] Data)
{
    /// <summary>All tensors of a file of a checkpoint or an adapter.</summary>
    public static IEnumerable<RawTensor> ReadAll(string folder, string name = "model.safetensors")
    {
        var file = File.ReadAllBytes(Path.Combine(folder, name));
        var length = (int)BitConverter.ToInt64(file, 0);
        foreach (var (tensor, value) in JsonNode.Parse(file.AsSpan(8, length))!.AsObject().Where(static item => item.Key != "__metadata__"))
        {
            var (begin, end) = ((int)value!["data_offsets"]![0]!, (int)value["data_offsets"]![1]!);
            yield return new RawTensor(tensor, [.. value["shape"]!.AsArray().Select(static size => (long)size!)], (string)value["dtype"]!, file[(8 + length + begin)..(8 + length + end)]);
        }
    }
}
