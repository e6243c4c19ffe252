using System.Numerics;
using System.Runtime.InteropServices;

namespace LayerGrad.Gradients;

/// <summary>
/// Keeps factors on disk, a file for each, in a folder that is removed in the end. A weight's factors are then read
/// from one file from its beginning to its end. A lock of the operating system on a file in the folder ends with the process, so that the next one
/// removes what a killed one left.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed class DiskFactorStore<T> : FactorStore<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string FolderBegins = ".layergrad-factors-";
    private const string LockName = "lock";

    private readonly string _folder;
    private readonly FileStream _lock;
    private readonly Dictionary<(int Factor, int Example), (long Position, int Length)> _places = [];
    private readonly Dictionary<int, long> _ends = [];

    /// <summary>Makes a folder for the files.</summary>
    /// <param name="beside">The folder in which it is made.</param>
    /// <exception cref="InputException">It cannot be made.</exception>
    public DiskFactorStore(string beside)
    {
        _folder = Path.Combine(beside, $"{FolderBegins}{Environment.ProcessId}-{Guid.NewGuid():N}");
        try
        {
            RemoveAbandoned(beside);
            Directory.CreateDirectory(_folder);
            _lock = new FileStream(Path.Combine(_folder, LockName), FileMode.CreateNew, FileAccess.Write, FileShare.None);
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw Failed(error);
        }
    }

    /// <inheritdoc />
    public override void Add(int factor, int example, T[] values)
    {
        var bytes = MemoryMarshal.AsBytes(values.AsSpan());
        var end = _ends.GetValueOrDefault(factor);
        try
        {
            using var file = File.OpenHandle(PathOf(factor), FileMode.OpenOrCreate, FileAccess.Write);
            RandomAccess.Write(file, bytes, end);
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw Failed(error);
        }

        _places.Add((factor, example), (end, values.Length));
        _ends[factor] = end + bytes.Length;
    }

    /// <inheritdoc />
    public override void Remove(int example) => RemoveFrom(_places, example); // The bytes stay in the files until the end.

    /// <inheritdoc />
    public override void Clear()
    {
        foreach (var factor in _ends.Keys)
            File.Delete(PathOf(factor));
        _places.Clear();
        _ends.Clear();
    }

    /// <inheritdoc />
    public override int Length(int factor, int example) => _places.TryGetValue((factor, example), out var place) ? place.Length : 0;

    /// <inheritdoc />
    public override ReadOnlySpan<T> Read(int factor, int example, ref T[] room)
    {
        var (position, length) = _places[(factor, example)];
        var values = RoomFor(ref room, length);
        var bytes = MemoryMarshal.AsBytes(values);
        try
        {
            using var file = File.OpenHandle(PathOf(factor), FileMode.Open, FileAccess.Read);
            while (!bytes.IsEmpty)
            {
                var count = RandomAccess.Read(file, bytes, position);
                if (count == 0)
                    throw new EndOfStreamException($"{PathOf(factor)} ends at {position}");
                bytes = bytes[count..];
                position += count;
            }

            return values;
        }
        catch (Exception error) when (FileFailure.IsOne(error))
        {
            throw Failed(error);
        }
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (Directory.Exists(_folder))
            Directory.Delete(_folder, recursive: true);
        _lock?.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Removes the folders of processes that were killed: nobody holds their locks.</summary>
    private static void RemoveAbandoned(string beside)
    {
        foreach (var folder in Directory.EnumerateDirectories(beside, FolderBegins + "*"))
        {
            try
            {
                using (new FileStream(Path.Combine(folder, LockName), FileMode.Open, FileAccess.Write, FileShare.None))
                    Directory.Delete(folder, recursive: true);
            }
            catch (Exception error) when (FileFailure.IsOne(error))
            {
                // Its process lives, or is just making or removing it.
            }
        }
    }

    private string PathOf(int factor) => Path.Combine(_folder, $"{factor}.bin");

    private InputException Failed(Exception error) =>
        new($"{_folder}: the gradients' factors cannot be kept here: {FileFailure.Reason(error)}; name another folder with --out, or give more --memory.", error);
}
