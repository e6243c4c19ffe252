using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LayerGrad.Checkpoints;

/// <summary>
/// Writes a model folder as Hugging Face lays it out. Everything is first written and flushed to the disk under temporary
/// names beside its place; only then is each file renamed into place, the weights last. A crash or a full disk
/// leaves the former checkpoint as it was.
/// </summary>
public static class CheckpointWriter
{
    private const string WeightsFile = "model.safetensors";
    private const int ChunkElements = 1 << 16;

    private static readonly string[] s_tokenizerFiles =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "tokenizer.model", "chat_template.jinja", "generation_config.json",
    ];

    /// <summary>Writes a checkpoint.</summary>
    /// <param name="folder">The model's folder; made if it is missing.</param>
    /// <param name="config">The configuration; <c>torch_dtype</c> is set to the precision, and <c>quantization_config</c> left out.</param>
    /// <param name="tensors">The weights; written in the order of their names.</param>
    /// <param name="precision">The element type of all weights in the file.</param>
    /// <param name="tokenizerFolder">A folder whose tokenizer files are copied, or null.</param>
    /// <exception cref="InputException">The folder cannot be written, for example because the disk is full.</exception>
    public static void Write(string folder, JsonElement config, IEnumerable<WrittenTensor> tensors, StoredPrecision precision, string? tokenizerFolder = null)
    {
        ArgumentNullException.ThrowIfNull(folder);
        var sorted = tensors.OrderBy(static tensor => tensor.Name, StringComparer.Ordinal).ToList();
        var written = new List<(string Temporary, string Final)>();
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var name in s_tokenizerFiles)
            {
                if (tokenizerFolder is not null && File.Exists(Path.Combine(tokenizerFolder, name)))
                    WriteTemporary(folder, name, written, file => CopyInto(Path.Combine(tokenizerFolder, name), file));
            }
            WriteTemporary(folder, "config.json", written, file => file.Write(ConfigBytes(config, precision)));
            WriteTemporary(folder, WeightsFile, written, file => WriteWeights(file, sorted, precision));
            foreach (var (temporary, final) in written)
                File.Move(temporary, final, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            foreach (var (temporary, _) in written)
                File.Delete(temporary);
            throw new InputException($"{folder}: the checkpoint cannot be written: {OneLine.Of(error.Message).TrimEnd('.', ' ')}; what stood there before is unchanged", error);
        }
    }

    private static void WriteTemporary(string folder, string name, List<(string Temporary, string Final)> written, Action<FileStream> write)
    {
        var temporary = Path.Combine(folder, $".{name}.{Environment.ProcessId}.tmp");
        written.Add((temporary, Path.Combine(folder, name)));
        using var file = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        write(file);
        file.Flush(flushToDisk: true);
    }

    private static void CopyInto(string source, FileStream file)
    {
        using var from = File.OpenRead(source);
        from.CopyTo(file);
    }

    private static byte[] ConfigBytes(JsonElement config, StoredPrecision precision)
    {
        var fields = JsonObject.Create(config)!;
        fields["torch_dtype"] = precision switch
        {
            StoredPrecision.BFloat16 => "bfloat16",
            StoredPrecision.Float64 => "float64",
            _ => "float32",
        };
        // What is written is no longer quantised.
        fields.Remove("quantization_config");
        (fields["text_config"] as JsonObject)?.Remove("quantization_config");
        using var bytes = new MemoryStream();
        using (var writer = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
            fields.WriteTo(writer);
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void WriteWeights(FileStream file, List<WrittenTensor> tensors, StoredPrecision precision)
    {
        var header = Header(tensors, precision);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        file.Write(length);
        file.Write(header);
        foreach (var tensor in tensors)
        {
            for (var start = 0; start < tensor.Elements; start += ChunkElements)
                WriteElements(file, tensor, start, Math.Min(ChunkElements, tensor.Elements - start), precision);
        }
    }

    private static byte[] Header(List<WrittenTensor> tensors, StoredPrecision precision)
    {
        var (name, bytes) = precision switch
        {
            StoredPrecision.BFloat16 => ("BF16", 2),
            StoredPrecision.Float64 => ("F64", 8),
            _ => ("F32", 4),
        };
        var header = new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        var position = 0L;
        foreach (var tensor in tensors)
        {
            var end = position + ((long)tensor.Elements * bytes);
            header.Add(tensor.Name, new JsonObject
            {
                ["dtype"] = name,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(static dimension => (JsonNode)dimension)]),
                ["data_offsets"] = new JsonArray(position, end),
            });
            position = end;
        }
        var text = header.ToJsonString();
        // Blanks up to a multiple of eight, so that the data is aligned, as the library itself writes it.
        var json = System.Text.Encoding.UTF8.GetBytes(text);
        return [.. json, .. Enumerable.Repeat((byte)' ', (8 - (json.Length % 8)) % 8)];
    }

    private static void WriteElements(FileStream file, WrittenTensor tensor, int start, int count, StoredPrecision precision)
    {
        if (precision == StoredPrecision.Float64)
        {
            var doubles = new double[count];
            tensor.CopyTo(start, doubles);
            file.Write(MemoryMarshal.AsBytes(doubles.AsSpan()));
            return;
        }
        var singles = new float[count];
        tensor.CopyTo(start, singles);
        if (precision == StoredPrecision.Float32)
            file.Write(MemoryMarshal.AsBytes(singles.AsSpan()));
        else
            file.Write(MemoryMarshal.AsBytes(Array.ConvertAll(singles, ToBFloat16).AsSpan()));
    }

    /// <summary>The upper half of a float, rounded to nearest, ties to even.</summary>
    private static ushort ToBFloat16(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        if (float.IsNaN(value))
            return (ushort)((bits >> 16) | 0x40); // rounding could carry a NaN into an infinity
        return (ushort)((bits + 0x7FFF + (bits >> 16 & 1)) >> 16);
    }
}
