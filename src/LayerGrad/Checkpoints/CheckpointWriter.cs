using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using LayerGrad.Checkpoints.Adapters;

namespace LayerGrad.Checkpoints;

/// <summary>
/// Writes a model folder as Hugging Face lays it out. Everything is first written and flushed to the disk under temporary
/// names beside its place; only then is each file renamed into place, the weights last. A crash or a full disk
/// leaves the former checkpoint as it was.
/// </summary>
internal static class CheckpointWriter
{
    private const string WeightsFile = "model.safetensors";
    private const int ChunkElements = 1 << 16;

    /// <summary>The names of the files of a tokenizer, which are copied as they are.</summary>
    public static IReadOnlyList<string> TokenizerFiles { get; } =
    [
        "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "vocab.json", "merges.txt",
        "tokenizer.model", "chat_template.jinja", "generation_config.json",
    ];

    /// <summary>Every file that a checkpoint or an adapter may bring into a folder, but the tokenizer's.</summary>
    /// <param name="folder">The folder.</param>
    public static IEnumerable<string> FilesIn(string folder) =>
        new[] { "config.json", WeightsFile, AdapterConfiguration.FileName, Adapter.WeightsFile }.Select(name => Path.Combine(folder, name));

    /// <summary>The files of a tokenizer in a folder.</summary>
    /// <param name="folder">The folder.</param>
    public static IEnumerable<string> TokenizerFilesIn(string folder) => TokenizerFiles.Select(name => Path.Combine(folder, name));

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
        WriteFiles(folder, ("config.json", ConfigBytes(config, precision)), WeightsFile, tensors, precision, tokenizerFolder);
    }

    /// <summary>Writes an adapter as PEFT lays it out, in the same way.</summary>
    /// <param name="folder">The adapter's folder; made if it is missing.</param>
    /// <param name="config">The content of <c>adapter_config.json</c>.</param>
    /// <param name="tensors">A and B; written in the order of their names.</param>
    /// <param name="precision">The element type of all of them in the file.</param>
    /// <exception cref="InputException">The folder cannot be written, for example because the disk is full.</exception>
    internal static void WriteAdapter(string folder, byte[] config, IEnumerable<WrittenTensor> tensors, StoredPrecision precision) =>
        WriteFiles(folder, (AdapterConfiguration.FileName, config), Adapter.WeightsFile, tensors, precision, null);

    private static void WriteFiles(
        string folder, (string Name, byte[] Bytes) config, string weights, IEnumerable<WrittenTensor> tensors, StoredPrecision precision, string? tokenizerFolder)
    {
        var sorted = tensors.OrderBy(static tensor => tensor.Name, StringComparer.Ordinal).ToList();
        var drafts = new List<Draft>();
        try
        {
            Directory.CreateDirectory(folder);
            foreach (var name in TokenizerFiles)
            {
                // A tokenizer that was put into the folder already stays as it is.
                if (tokenizerFolder is not null && Path.Combine(tokenizerFolder, name) is var source && File.Exists(source) && !FilePlace.IsSame(source, Path.Combine(folder, name)))
                    WriteDraft(Path.Combine(folder, name), drafts, file => CopyInto(source, file));
            }

            WriteDraft(Path.Combine(folder, config.Name), drafts, file => file.Write(config.Bytes));
            WriteDraft(Path.Combine(folder, weights), drafts, file => WriteWeights(file, sorted, precision));
            foreach (var draft in drafts)
                draft.Place();
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw new InputException($"{folder}: the checkpoint cannot be written: {FileFailure.Reason(error)}; what stood there before is unchanged", error);
        }
        finally
        {
            foreach (var draft in drafts)
                draft.Dispose();
        }
    }

    /// <summary>Everything is written and on the disk before the first file is placed.</summary>
    private static void WriteDraft(string path, List<Draft> drafts, Action<FileStream> write)
    {
        var draft = new Draft(path);
        drafts.Add(draft);
        write(draft.File);
        draft.File.Flush(flushToDisk: true);
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
