namespace LayerGrad.Checkpoints.Gguf;

/// <summary>
/// An open GGUF file whose header has been read and validated: metadata and tensors under the file's own names.
/// Versions 2 and 3, little-endian (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
/// </summary>
internal sealed class GgufFile : IDisposable
{
    private const uint Magic = 0x46554747; // "GGUF"
    private const int MostDimensions = 4;

    private GgufFile(CheckpointFile file)
    {
        File = file;
        var reader = new GgufReader(file);
        CheckMagic(file, reader);
        var tensorCount = reader.Count(24, "tensors");
        var metadataCount = reader.Count(13, "metadata values");
        Metadata = ReadMetadata(reader, metadataCount);
        Tensors = ReadTensors(reader, tensorCount);
    }

    /// <summary>The file.</summary>
    public CheckpointFile File { get; }

    /// <summary>Metadata by key; values as <see cref="GgufReader.Value"/> gives them.</summary>
    public IReadOnlyDictionary<string, object> Metadata { get; }

    /// <summary>Tensors by the names in the file.</summary>
    public IReadOnlyDictionary<string, GgufTensor> Tensors { get; }

    /// <summary>The position at which the data starts, in bytes.</summary>
    public long DataStart { get; private set; }

    /// <summary>Opens a file and validates its header.</summary>
    /// <exception cref="InputException">It cannot be opened, is not a GGUF file, or is not sound.</exception>
    public static GgufFile Open(string path)
    {
        var file = CheckpointFile.Open(path);
        try
        {
            return new GgufFile(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();

    private static void CheckMagic(CheckpointFile file, GgufReader reader)
    {
        if (file.Length < 4 || reader.UInt32() != Magic)
            throw reader.Wrong(FileKinds.Describe(file) ?? "is not a GGUF file: it does not start with 'GGUF'; give a Hugging Face model folder or a GGUF file");
        var version = reader.UInt32();
        if ((version & 0xFFFF) == 0)
            throw reader.Wrong("is a big-endian GGUF file, which is not supported; convert it for a little-endian machine");
        if (version is not (2 or 3))
            throw reader.Wrong($"is a GGUF file of version {version}; versions 2 and 3 are read");
    }

    private static Dictionary<string, object> ReadMetadata(GgufReader reader, int count)
    {
        var metadata = new Dictionary<string, object>(count);
        for (var i = 0; i < count; i++)
        {
            var key = reader.String();
            if (!metadata.TryAdd(key, reader.Value(reader.UInt32(), key)))
                throw reader.Wrong($"gives '{key}' twice in its metadata");
        }
        return metadata;
    }

    private Dictionary<string, GgufTensor> ReadTensors(GgufReader reader, int count)
    {
        var entries = new List<(string Name, long[] Shape, uint Type, ulong Offset)>(count);
        for (var i = 0; i < count; i++)
        {
            var name = reader.String();
            var dimensions = reader.UInt32();
            if (dimensions > MostDimensions)
                throw reader.Wrong($"gives the tensor '{name}' {dimensions} dimensions; {MostDimensions} are the most");
            var shape = new long[dimensions];
            for (var d = shape.Length - 1; d >= 0; d--)
                shape[d] = (long)reader.UInt64();
            entries.Add((name, shape, reader.UInt32(), reader.UInt64()));
        }

        var alignment = Metadata.TryGetValue("general.alignment", out var stated) ? stated : 32L;
        if (alignment is not long align || align < 1 || align > 1 << 20 || !long.IsPow2(align))
            throw reader.Wrong($"states an alignment of {alignment}, which is not a power of two");
        DataStart = (reader.Position + align - 1) / align * align;

        var tensors = new Dictionary<string, GgufTensor>(count);
        foreach (var (name, shape, type, offset) in entries)
        {
            if (offset % (ulong)align != 0)
                throw reader.Wrong($"places the tensor '{name}' at byte {offset} of its data, which is not a multiple of its alignment {align}");
            if (!tensors.TryAdd(name, Locate(reader, name, shape, type, offset)))
                throw reader.Wrong($"names the tensor '{name}' twice");
        }
        CheckOverlap(reader, tensors);
        return tensors;
    }

    private GgufTensor Locate(GgufReader reader, string name, long[] shape, uint type, ulong offset)
    {
        var format = GgufTensorTypes.Find(type)
            ?? throw reader.Wrong($"stores the tensor '{name}' as {GgufTensorTypes.NameOf(type)}, which is not supported; {GgufTensorTypes.Readable} are");
        var elements = 1L;
        foreach (var dimension in shape)
        {
            // A tensor cannot have more elements than the file has bits, whatever its type.
            if (dimension < 1 || elements > File.Length * 8 / dimension)
                throw reader.Wrong($"gives the tensor '{name}' the shape [{string.Join(", ", shape)}], which the file cannot hold; it is damaged or cut off");
            elements *= dimension;
        }
        if ((shape.Length == 0 ? 1 : shape[^1]) % format.BlockElements != 0)
            throw reader.Wrong($"stores rows of {shape[^1]} elements of the tensor '{name}' as {format.Name}, which comes in blocks of {format.BlockElements}");

        var bytes = elements / format.BlockElements * format.BlockBytes;
        if (offset > (ulong)File.Length || DataStart + (long)offset > File.Length - bytes)
            throw reader.Wrong($"ends at byte {File.Length}, before the end of the tensor '{name}'; it is cut off");
        return new GgufTensor(shape, new StoredTensor(File, name, format, DataStart + (long)offset, elements));
    }

    private static void CheckOverlap(GgufReader reader, Dictionary<string, GgufTensor> tensors)
    {
        StoredTensor? previous = null;
        foreach (var tensor in tensors.Values.Select(static tensor => tensor.Stored).OrderBy(static tensor => tensor.Offset))
        {
            if (previous is not null && tensor.Offset < previous.Offset + previous.Bytes)
                throw reader.Wrong($"has the tensors '{previous.Name}' and '{tensor.Name}' overlap");
            previous = tensor;
        }
    }
}
