using System.Text;
using LayerGrad.Checkpoints.Safetensors;

namespace LayerGrad.Checkpoints.Pickle;

/// <summary>The zip archive of PyTorch 1.6 and later.</summary>
internal static class TorchArchive
{
    /// <summary>Reads the object and how to find its storages.</summary>
    /// <param name="file">The archive.</param>
    /// <param name="largestPickle">The number of bytes above which the pickle is refused.</param>
    public static (object? Root, Func<TorchStorage, long> Locate) Read(CheckpointFile file, long largestPickle)
    {
        var entries = ZipDirectory.Read(file);
        var pickle = entries.Values.FirstOrDefault(static entry => entry.Name.EndsWith("/data.pkl", StringComparison.Ordinal) && entry.Name.IndexOf('/', StringComparison.Ordinal) == entry.Name.Length - 9)
            ?? throw new InputException($"{file.Path}: is a zip archive, but not one of torch.save (it has no data.pkl); give the model's own file");
        var folder = pickle.Name[..^"data.pkl".Length];
        if (entries.TryGetValue(folder + "byteorder", out var order) && Encoding.ASCII.GetString(Contents(file, order, 16)).Trim() != "little")
            throw new InputException($"{file.Path}: stores its numbers with the highest byte first, which is not read; save the model as safetensors");
        var root = new PickleReader(Contents(file, pickle, largestPickle), 0, file.Path, identifier => TorchFile.Storage(identifier, file.Path)).Read();
        return (root, Locate);

        long Locate(TorchStorage storage)
        {
            var bytes = SafetensorsDType.Find(storage.DType)!.Bits / 8;
            if (!entries.TryGetValue($"{folder}data/{storage.Key}", out var entry) || !entry.IsStored || storage.Elements > entry.Size / bytes)
                throw new InputException($"{file.Path}: the storage '{OneLine.Of(storage.Key)}' is missing, compressed or too short; get the file again");
            return ZipDirectory.DataStart(file, entry);
        }
    }

    private static byte[] Contents(CheckpointFile file, ZipEntry entry, long largest)
    {
        if (!entry.IsStored || entry.Size > largest)
            throw new InputException($"{file.Path}: the entry {OneLine.Of(entry.Name)} is compressed or larger than {largest} bytes; save the model as safetensors");
        var bytes = new byte[entry.Size];
        file.Read(ZipDirectory.DataStart(file, entry), bytes, entry.Name);
        return bytes;
    }
}
