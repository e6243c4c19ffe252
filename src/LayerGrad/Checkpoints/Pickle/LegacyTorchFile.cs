using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using LayerGrad.Checkpoints.Safetensors;

namespace LayerGrad.Checkpoints.Pickle;

/// <summary>
/// The form that torch.save wrote before PyTorch 1.6: pickles of a magic number, a version, the system's properties, the object and the
/// storages' keys; then each storage as its number of elements (int64) and their bytes.
/// </summary>
internal static class LegacyTorchFile
{
    private const long Version = 1001;

    private static readonly BigInteger s_magic = BigInteger.Parse("1950a86a20f9469cfc6c", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    /// <summary>Reads the object and how to find its storages.</summary>
    /// <param name="file">The file.</param>
    /// <param name="largestPickle">The number of bytes within which the pickles must end.</param>
    public static (object? Root, Func<TorchStorage, long> Locate) Read(CheckpointFile file, long largestPickle)
    {
        var beginning = new byte[(int)Math.Min(file.Length, 16)];
        file.Read(0, beginning, "its first bytes");
        // PROTO 2, LONG1 of ten bytes: the magic number. Whatever begins otherwise is no file of torch.save.
        if (beginning.Length < 16 || beginning[0] != 0x80 || beginning[2] != 0x8a || beginning[3] != 10)
            throw new InputException($"{file.Path}: is not a file of torch.save; give the model's own weights, or save it as safetensors");
        var bytes = new byte[(int)Math.Min(file.Length, largestPickle)];
        file.Read(0, bytes, "its pickles");

        var storages = new Dictionary<string, TorchStorage>();
        var position = 0;
        if (Next() is not BigInteger magic || magic != s_magic || Next() is not Version)
            throw new InputException($"{file.Path}: is not a file of torch.save that PyTorch reads; save the model as safetensors");
        if (Next() is Dictionary<object, object?> system && system.TryGetValue("little_endian", out var little) && little is false)
            throw new InputException($"{file.Path}: stores its numbers with the highest byte first, which is not read; save the model as safetensors");
        var root = Next();
        var keys = Next() as List<object?> ?? throw Truncated(file);
        var starts = Starts(file, keys, storages, position);
        return (root, storage => starts[storage.Key]);

        object? Next()
        {
            var reader = new PickleReader(bytes, position, file.Path, identifier =>
            {
                var storage = TorchFile.Storage(identifier, file.Path);
                storages[storage.Key] = storage;
                return storage;
            });
            var value = reader.Read();
            position = reader.Position;
            return value;
        }
    }

    private static Dictionary<string, long> Starts(CheckpointFile file, List<object?> keys, Dictionary<string, TorchStorage> storages, long position)
    {
        var starts = new Dictionary<string, long>();
        Span<byte> count = stackalloc byte[sizeof(long)];
        foreach (var key in keys)
        {
            if (key is not string name || !storages.TryGetValue(name, out var storage))
                throw Truncated(file);
            file.Read(position, count, "the size of a storage");
            position += sizeof(long);
            var bytes = SafetensorsDType.Find(storage.DType)!.Bits / 8;
            if (BinaryPrimitives.ReadInt64LittleEndian(count) != storage.Elements || storage.Elements > (file.Length - position) / bytes)
                throw Truncated(file);
            starts[name] = position;
            position += storage.Elements * bytes;
        }

        if (storages.Keys.FirstOrDefault(key => !starts.ContainsKey(key)) is not null)
            throw Truncated(file);
        return starts;
    }

    private static InputException Truncated(CheckpointFile file) => new($"{file.Path}: its storages do not fit what its pickles say; it is truncated or broken: get it again");
}
