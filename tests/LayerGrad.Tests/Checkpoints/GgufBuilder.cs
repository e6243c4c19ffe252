using System.Text;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>Writes small GGUF files, sound and broken.</summary>
internal sealed class GgufBuilder
{
    public const uint F32 = 0, Q8_0 = 8;

    private readonly List<(string Key, object Value)> _metadata = [];
    private readonly List<(string Name, long[] Shape, uint Type, byte[] Data)> _tensors = [];

    public uint Magic { get; set; } = 0x46554747;

    public uint Version { get; set; } = 3;

    public ulong? TensorCount { get; set; }

    public long OffsetShift { get; set; }

    public GgufBuilder With(string key, object value)
    {
        _metadata.Add((key, value));
        return this;
    }

    public GgufBuilder Tensor(string name, long[] shape, uint type, byte[] data)
    {
        _tensors.Add((name, shape, type, data));
        return this;
    }

    public GgufBuilder Tensor(string name, long[] shape, ReadOnlySpan<float> values) =>
        Tensor(name, shape, F32, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values).ToArray());

    public byte[] ToArray()
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Magic);
        writer.Write(Version);
        writer.Write(TensorCount ?? (ulong)_tensors.Count);
        writer.Write((ulong)_metadata.Count);
        foreach (var (key, value) in _metadata)
        {
            Write(writer, key);
            WriteValue(writer, value);
        }
        var offset = 0L;
        foreach (var (name, shape, type, data) in _tensors)
        {
            Write(writer, name);
            writer.Write(shape.Length);
            foreach (var dimension in shape.Reverse())
                writer.Write(dimension);
            writer.Write(type);
            writer.Write(offset + OffsetShift);
            offset += Aligned(data.Length);
        }
        writer.Write(new byte[Aligned(stream.Length) - stream.Length]);
        foreach (var tensor in _tensors)
        {
            writer.Write(tensor.Data);
            writer.Write(new byte[Aligned(tensor.Data.Length) - tensor.Data.Length]);
        }
        return stream.ToArray();
    }

    private static long Aligned(long length) => (length + 31) / 32 * 32;

    private static void Write(BinaryWriter writer, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        writer.Write((ulong)bytes.Length);
        writer.Write(bytes);
    }

    private static void WriteValue(BinaryWriter writer, object value)
    {
        switch (value)
        {
            case int number:
                writer.Write(4u);
                writer.Write(number);
                break;
            case float number:
                writer.Write(6u);
                writer.Write(number);
                break;
            case bool truth:
                writer.Write(7u);
                writer.Write(truth);
                break;
            case string text:
                writer.Write(8u);
                Write(writer, text);
                break;
            case int[] numbers:
                writer.Write(9u);
                writer.Write(5u);
                writer.Write((ulong)numbers.Length);
                Array.ForEach(numbers, writer.Write);
                break;
            case float[] numbers:
                writer.Write(9u);
                writer.Write(6u);
                writer.Write((ulong)numbers.Length);
                Array.ForEach(numbers, writer.Write);
                break;
            case string[] texts:
                writer.Write(9u);
                writer.Write(8u);
                writer.Write((ulong)texts.Length);
                Array.ForEach(texts, text => Write(writer, text));
                break;
            case bool[] truths:
                writer.Write(9u);
                writer.Write(7u);
                writer.Write((ulong)truths.Length);
                Array.ForEach(truths, writer.Write);
                break;
            default:
                throw new ArgumentException($"no rule to write {value.GetType()}", nameof(value));
        }
    }
}
