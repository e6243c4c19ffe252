using LayerGrad.Checkpoints.Pickle;
using LayerGrad.Checkpoints.Safetensors;

namespace LayerGrad.Checkpoints;

/// <summary>An open file of weights, of safetensors or of torch.save, whose list of tensors has been validated.</summary>
internal sealed class WeightFile : IDisposable
{
    private WeightFile(CheckpointFile file, IReadOnlyList<WeightTensor> tensors, long dataStart)
    {
        File = file;
        Tensors = tensors;
        DataStart = dataStart;
    }

    /// <summary>The file.</summary>
    public CheckpointFile File { get; }

    /// <summary>Its tensors.</summary>
    public IReadOnlyList<WeightTensor> Tensors { get; }

    /// <summary>The length of what precedes the tensors' data, in bytes: the header, or the pickle.</summary>
    public long DataStart { get; }

    /// <summary>Opens a safetensors file and validates its header.</summary>
    /// <exception cref="InputException">It cannot be opened, or is not sound.</exception>
    public static WeightFile OpenSafetensors(string path) => Open(path, static file =>
    {
        if (!HasHeader(file) && FileKinds.Describe(file) is { } other)
            throw new InputException($"{file.Path}: {other}");
        return SafetensorsHeader.Read(file);
    });

    /// <summary>Opens a file of torch.save and reads the list of its tensors, running no code.</summary>
    /// <exception cref="InputException">It cannot be opened, or is no state dict of dense tensors.</exception>
    public static WeightFile OpenTorch(string path) => Open(path, static file =>
    {
        if (!TorchFile.MayBe(file) && FileKinds.Describe(file) is { } other)
            throw new InputException($"{file.Path}: {other}");
        var tensors = TorchFile.Read(file);
        return (tensors, tensors.Min(static tensor => tensor.Begin));
    });

    /// <summary>Where the elements of a tensor stand, or null if its type is not one that can be read.</summary>
    public StoredTensor? Locate(WeightTensor tensor) => tensor.DType.Format is not { } format
        ? null
        : new StoredTensor(File, tensor.Name, format, tensor.Begin, (tensor.End - tensor.Begin) / format.BlockBytes);

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();

    private static WeightFile Open(string path, Func<CheckpointFile, (IReadOnlyList<WeightTensor> Tensors, long DataStart)> read)
    {
        var file = CheckpointFile.Open(path);
        try
        {
            var (tensors, dataStart) = read(file);
            return new WeightFile(file, tensors, dataStart);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether it begins as a safetensors file does. The length of a header may have the first bytes of another kind of file.</summary>
    private static bool HasHeader(CheckpointFile file)
    {
        if (file.Length < 9)
            return false;
        Span<byte> head = stackalloc byte[9];
        file.Read(0, head, "its beginning");
        return head is [_, _, _, _, 0, 0, 0, 0, (byte)'{'];
    }
}
