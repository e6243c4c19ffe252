using LayerGrad.Checkpoints.Safetensors;

namespace LayerGrad.Checkpoints.Pickle;

/// <summary>
/// A file of <c>torch.save</c> (<c>pytorch_model.bin</c>): a state dict of dense tensors. Both forms are read: the zip archive of PyTorch 1.6 and
/// later (<c>ARCHIVE/data.pkl</c> beside one stored file for each storage) and the older one (five pickles, then the storages one after
/// another). The tensors' bytes stay where they are and are read in place. Format: PyTorch, <c>torch/serialization.py</c>.
/// </summary>
internal static class TorchFile
{
    private const long LargestPickle = 256 << 20;

    /// <summary>Whether a file begins as one of torch.save does.</summary>
    public static bool MayBe(CheckpointFile file)
    {
        Span<byte> beginning = stackalloc byte[4];
        if (file.Length < beginning.Length)
            return false;
        file.Read(0, beginning, "its first bytes");
        return ZipDirectory.IsZip(beginning) || beginning[0] == 0x80;
    }

    /// <summary>The tensors of a state dict, by where their bytes stand in the file.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="InputException">It is broken, is no state dict, or asks for anything but dense tensors of plain numbers.</exception>
    public static IReadOnlyList<WeightTensor> Read(CheckpointFile file)
    {
        var beginning = new byte[(int)Math.Min(4, file.Length)];
        file.Read(0, beginning, "its first bytes");
        var (root, locate) = ZipDirectory.IsZip(beginning) ? TorchArchive.Read(file, LargestPickle) : LegacyTorchFile.Read(file, LargestPickle);
        if (root is not Dictionary<object, object?> state)
            throw new InputException($"{file.Path}: holds no state dict (names of tensors and the tensors); save the model with save_pretrained");
        var tensors = new List<WeightTensor>();
        foreach (var (key, value) in state)
        {
            if (key is string name && value is TorchTensor tensor)
                tensors.Add(Place(file, name, tensor, locate));
        }

        if (tensors.Count == 0)
        {
            var nested = state.FirstOrDefault(static entry => entry.Value is Dictionary<object, object?>).Key;
            throw new InputException($"{file.Path}: holds no tensors at its top level{(nested is null ? "" : $" (there is a dictionary '{OneLine.Of(nested.ToString() ?? "")}')")}; a model's file is a plain state dict, as save_pretrained writes it");
        }

        return tensors;
    }

    private static WeightTensor Place(CheckpointFile file, string name, TorchTensor tensor, Func<TorchStorage, long> locate)
    {
        if (!tensor.IsContiguous)
            throw new InputException($"{file.Path}: the tensor '{OneLine.Of(name)}' is a view with strides ({string.Join(", ", tensor.Strides)}), which is not read; save the model as safetensors");
        var type = SafetensorsDType.Find(tensor.Storage.DType)!;
        var bytes = type.Bits / 8;
        var begin = locate(tensor.Storage) + tensor.Offset * bytes;
        return new WeightTensor(name, type, tensor.Shape, begin, begin + tensor.Shape.Aggregate(1L, static (product, size) => product * size) * bytes);
    }

    /// <summary>The storage that a persistent identifier of torch.save means: <c>('storage', class, key, device, elements)</c>.</summary>
    public static TorchStorage Storage(object? identifier, string path)
    {
        // A sixth member, where it is not null, says that the storage is a view of another (PyTorch before 0.4).
        if (identifier is object?[] and ["storage", PickleGlobal type, string key, string, long elements, .. var rest]
            && elements >= 0 && rest is [] or [null] && TorchTypes.OfStorage(type) is { } name)
            return new TorchStorage(name, key, elements);
        throw new InputException($"{path}: the pickle in it names a storage in a way that PyTorch's state dicts do not; save the model as safetensors");
    }
}
