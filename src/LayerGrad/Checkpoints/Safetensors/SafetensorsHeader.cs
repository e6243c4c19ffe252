using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;
using LayerGrad.Json;

namespace LayerGrad.Checkpoints.Safetensors;

/// <summary>
/// The header of a safetensors file: eight bytes with its length, then JSON. Read with the rules of the safetensors
/// library (<c>safetensors/src/tensor.rs</c>), which demands that the tensors tile the data without gap or overlap;
/// beyond it, a repeated key is refused.
/// </summary>
internal static class SafetensorsHeader
{
    private const int LengthBytes = 8;
    private const long LongestHeader = 100_000_000;

    /// <summary>Reads and validates the header.</summary>
    /// <param name="file">The file.</param>
    /// <returns>The tensors in the order of their data, and the position at which the data starts.</returns>
    /// <exception cref="InputException">The header is not sound, or the file does not hold what it says.</exception>
    public static (IReadOnlyList<WeightTensor> Tensors, long DataStart) Read(CheckpointFile file)
    {
        if (file.Length < LengthBytes)
            throw Wrong(file, $"has {file.Length} bytes, too few for a safetensors file");
        Span<byte> lengthBytes = stackalloc byte[LengthBytes];
        file.Read(0, lengthBytes, "the header's length");
        var length = BinaryPrimitives.ReadUInt64LittleEndian(lengthBytes);
        if (length > LongestHeader)
            throw Wrong(file, $"says that its header has {length} bytes; it is not a safetensors file, or damaged");
        if ((long)length > file.Length - LengthBytes)
            throw Wrong(file, $"ends within its header of {length} bytes");

        var json = new byte[length];
        file.Read(LengthBytes, json, "the header");
        if (!Utf8.IsValid(json))
            throw Wrong(file, "has a header that is not UTF-8");
        var tensors = Parse(file, json);
        var dataStart = LengthBytes + (long)length;
        CheckLayout(file, tensors, file.Length - dataStart);
        return (tensors.ConvertAll(tensor => tensor with { Begin = dataStart + tensor.Begin, End = dataStart + tensor.End }), dataStart);
    }

    private static List<WeightTensor> Parse(CheckpointFile file, ReadOnlySpan<byte> json)
    {
        var header = ForeignJson.Parse(json, $"{file.Path} (header)", strict: true);
        var tensors = new List<WeightTensor>();
        var names = new HashSet<string>();
        foreach (var (name, value) in header.Members())
        {
            if (!names.Add(name))
                throw Wrong(file, $"names the tensor '{name}' twice in its header");
            if (name == "__metadata__")
                CheckMetadata(value);
            else
                tensors.Add(ParseTensor(file, name, value));
        }
        tensors.Sort(static (a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
        return tensors;
    }

    private static void CheckMetadata(JsonValue metadata)
    {
        if (metadata.IsNull)
            return;
        foreach (var (_, value) in metadata.Members())
            _ = value.AsText();
    }

    private static WeightTensor ParseTensor(CheckpointFile file, string name, JsonValue tensor)
    {
        var fields = new Dictionary<string, JsonValue>();
        foreach (var (key, value) in tensor.Members())
        {
            if (key is "dtype" or "shape" or "data_offsets" && !fields.TryAdd(key, value))
                throw Wrong(file, $"gives the tensor '{name}' a '{key}' that is repeated");
        }
        if (!fields.TryGetValue("dtype", out var type) || !fields.TryGetValue("shape", out var shape) || !fields.TryGetValue("data_offsets", out var offsets))
            throw Wrong(file, $"does not give the tensor '{name}' a dtype, a shape and two data_offsets");
        var dtype = SafetensorsDType.Find(type.AsText())
            ?? throw Wrong(file, $"stores the tensor '{name}' as '{type.AsText()}', which is no known type; {SafetensorsDType.Readable} are read");
        return Numbers(offsets) is [var begin, var end]
            ? new WeightTensor(name, dtype, Numbers(shape), begin, end)
            : throw offsets.Wrong("a list of two numbers");
    }

    // JSON's -0 is no unsigned number, though it has the value of one.
    private static long[] Numbers(JsonValue list) => [.. list.Items().Select(static item =>
        item.Element.ValueKind == JsonValueKind.Number && item.Element.GetRawText()[0] == '-' ? throw item.Wrong("a whole number that is not negative") : item.AsLong(0))];

    /// <summary>Checks that each tensor has the bytes its shape needs and that they tile the data.</summary>
    private static void CheckLayout(CheckpointFile file, List<WeightTensor> tensors, long dataBytes)
    {
        var position = 0L;
        foreach (var tensor in tensors)
        {
            if (tensor.End < tensor.Begin || tensor.Begin != position)
                throw Wrong(file, $"places the tensor '{tensor.Name}' at bytes {tensor.Begin} to {tensor.End} of its data, where byte {position} should come next (overlap or gap)");
            if (tensor.End - tensor.Begin != BytesOf(file, tensor))
                throw Wrong(file, $"gives the tensor '{tensor.Name}' ({tensor.DType.Name}, [{string.Join(", ", tensor.Shape)}]) {tensor.End - tensor.Begin} bytes, which its shape does not need");
            position = tensor.End;
        }
        if (position > dataBytes)
            throw Wrong(file, $"is truncated: its header promises {position} bytes of data, it has {dataBytes} (last tensor '{tensors[^1].Name}')");
        if (position < dataBytes)
            throw Wrong(file, $"has {dataBytes - position} bytes behind its last tensor that no tensor covers");
    }

    private static long BytesOf(CheckpointFile file, WeightTensor tensor)
    {
        try
        {
            var bits = tensor.Shape.Aggregate(1L, static (product, dimension) => checked(product * dimension));
            bits = checked(bits * tensor.DType.Bits);
            return bits % 8 == 0 ? bits / 8 : -1;
        }
        catch (OverflowException)
        {
            throw Wrong(file, $"gives the tensor '{tensor.Name}' a shape with more elements than can be counted");
        }
    }

    private static InputException Wrong(CheckpointFile file, string what) => new($"{file.Path}: {OneLine.Of(what)}");
}
