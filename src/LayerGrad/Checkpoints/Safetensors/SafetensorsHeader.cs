using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

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
    public static (IReadOnlyList<SafetensorsTensor> Tensors, long DataStart) Read(CheckpointFile file)
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
        return (tensors, dataStart);
    }

    private static List<SafetensorsTensor> Parse(CheckpointFile file, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 32 });
        var current = "";
        try
        {
            var tensors = new List<SafetensorsTensor>();
            var names = new HashSet<string>();
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw Wrong(file, "has a header that is not a JSON object");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                current = reader.GetString()!;
                if (!names.Add(current))
                    throw Wrong(file, $"names the tensor '{current}' twice in its header");
                reader.Read();
                if (current == "__metadata__")
                    CheckMetadata(file, ref reader);
                else
                    tensors.Add(ParseTensor(file, current, ref reader));
            }
            if (reader.Read())
                throw Wrong(file, "has text behind the JSON object of its header");
            tensors.Sort(static (a, b) => (a.Begin, a.End).CompareTo((b.Begin, b.End)));
            return tensors;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // A reader over malformed escapes says so with InvalidOperationException, over anything else with JsonException.
            var where = current.Length == 0 ? "" : $" near '{current}'";
            throw new InputException($"{file.Path}: its header is not valid JSON{where} (byte {8 + reader.BytesConsumed} of the file); get the file again", error);
        }
    }

    private static void CheckMetadata(CheckpointFile file, ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return;
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Wrong(file, "has a __metadata__ that is not an object of strings");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            _ = reader.GetString();
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw Wrong(file, "has a __metadata__ that is not an object of strings");
            _ = reader.GetString();
        }
    }

    private static SafetensorsTensor ParseTensor(CheckpointFile file, string name, ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Wrong(file, $"describes the tensor '{name}' by something that is not an object");
        string? dtypeName = null;
        List<long>? shape = null, offsets = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString();
            reader.Read();
            if (key is "dtype" && dtypeName is null && reader.TokenType == JsonTokenType.String)
                dtypeName = reader.GetString();
            else if (key is "shape" && shape is null)
                shape = ParseNumbers(file, name, key, ref reader);
            else if (key is "data_offsets" && offsets is null)
                offsets = ParseNumbers(file, name, key, ref reader);
            else if (key is "dtype" or "shape" or "data_offsets")
                throw Wrong(file, $"gives the tensor '{name}' a '{key}' that is repeated or of the wrong kind");
            else
                reader.Skip();
        }
        if (dtypeName is null || shape is null || offsets is not [var begin, var end])
            throw Wrong(file, $"does not give the tensor '{name}' a dtype, a shape and two data_offsets");
        var dtype = SafetensorsDType.Find(dtypeName)
            ?? throw Wrong(file, $"stores the tensor '{name}' as '{dtypeName}', which is no known type; {SafetensorsDType.Readable} are read");
        return new SafetensorsTensor(name, dtype, [.. shape], begin, end);
    }

    private static List<long> ParseNumbers(CheckpointFile file, string name, string key, ref Utf8JsonReader reader)
    {
        var numbers = new List<long>();
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Wrong(file, $"gives the tensor '{name}' a '{key}' that is not a list");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || reader.ValueSpan[0] == (byte)'-' || !reader.TryGetInt64(out var number))
                throw Wrong(file, $"gives the tensor '{name}' a '{key}' with something that is not a whole number in range");
            numbers.Add(number);
        }
        return numbers;
    }

    /// <summary>Checks that each tensor has the bytes its shape needs and that they tile the data.</summary>
    private static void CheckLayout(CheckpointFile file, List<SafetensorsTensor> tensors, long dataBytes)
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

    private static long BytesOf(CheckpointFile file, SafetensorsTensor tensor)
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
