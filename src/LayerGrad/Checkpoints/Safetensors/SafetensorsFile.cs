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

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();
}
