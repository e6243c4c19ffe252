namespace LayerGrad.Checkpoints.Safetensors;

/// <summary>An open safetensors file whose header has been validated.</summary>
internal sealed class SafetensorsFile : IDisposable
{
    private SafetensorsFile(CheckpointFile file, IReadOnlyList<SafetensorsTensor> tensors, long dataStart)
    {
        File = file;
        Tensors = tensors;
        DataStart = dataStart;
    }

    /// <summary>The file.</summary>
    public CheckpointFile File { get; }

    /// <summary>Its tensors, in the order of their data.</summary>
    public IReadOnlyList<SafetensorsTensor> Tensors { get; }

    /// <summary>The position at which the data starts, in bytes.</summary>
    public long DataStart { get; }

    /// <summary>Opens a file and validates its header.</summary>
    /// <exception cref="InputException">It cannot be opened, or is not sound.</exception>
    public static SafetensorsFile Open(string path)
    {
        var file = CheckpointFile.Open(path);
        try
        {
            if (!HasHeader(file) && FileKinds.Describe(file) is { } other)
                throw new InputException($"{path}: {other}");
            var (tensors, dataStart) = SafetensorsHeader.Read(file);
            return new SafetensorsFile(file, tensors, dataStart);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Where the elements of a tensor stand, or null if its type is not one that can be read.</summary>
    public StoredTensor? Locate(SafetensorsTensor tensor) => tensor.DType.Format is not { } format
        ? null
        : new StoredTensor(File, tensor.Name, format, DataStart + tensor.Begin, (tensor.End - tensor.Begin) / format.BlockBytes);

    /// <summary>Whether it begins as a safetensors file does. The length of a header may have the first bytes of another kind of file.</summary>
    private static bool HasHeader(CheckpointFile file)
    {
        if (file.Length < 9)
            return false;
        Span<byte> head = stackalloc byte[9];
        file.Read(0, head, "its beginning");
        return head is [_, _, _, _, 0, 0, 0, 0, (byte)'{'];
    }

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();
}
