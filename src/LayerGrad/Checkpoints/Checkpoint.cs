using System.Collections.Concurrent;
using System.Text.Json;
using LayerGrad.Checkpoints.Gguf;
using LayerGrad.Checkpoints.HuggingFace;
using LayerGrad.Checkpoints.Quantized;

namespace LayerGrad.Checkpoints;

/// <summary>
/// The weights of a model on disk with its configuration, under Hugging Face's names whatever the file format.
/// Everything is validated when it is opened; after that a tensor is a view of its file, and elements are read
/// and converted only when asked for.
/// </summary>
/// <remarks>
/// Elements are read with positioned reads (<c>pread</c>) into the destination or through a buffer that fits the
/// second-level cache, not through a memory map: this costs one copy within the cache, counts nothing towards the process's resident memory, and a disk that disappears or a file that shrinks under
/// the run is an <see cref="InputException"/> where a touched page of a map would be a SIGBUS that ends the process.
/// All reading methods may be called from several threads at once.
/// </remarks>
internal abstract class Checkpoint : IDisposable
{
    private const int ComparedAtOnce = 1 << 16;

    private readonly ConcurrentDictionary<(string, string), bool> _equal = new();

    /// <summary>Opens a Hugging Face folder or a GGUF file.</summary>
    /// <param name="path">A folder with <c>config.json</c> and its weights (safetensors, or <c>pytorch_model.bin</c>), or a <c>.gguf</c> file (of a split one, the first part).</param>
    /// <returns>The checkpoint; dispose of it to close its files.</returns>
    /// <exception cref="InputException">There is no such file, or what stands in it is not sound.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Directory.Exists(path))
            return HuggingFaceCheckpoint.OpenFolder(path);
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file or folder; give a Hugging Face model folder or a GGUF file");
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw new InputException($"{path}: is one file of a model; give the folder that holds it and config.json");
        return GgufCheckpoint.OpenFile(path);
    }

    /// <summary>Where it was opened: the folder or the file.</summary>
    public abstract string Location { get; }

    /// <summary>
    /// <c>config.json</c>; for a GGUF file a configuration in Hugging Face's form made from its metadata and tensors,
    /// where <c>rope_scaling</c> may be <c>{"rope_type": "factors", "factors": […]}</c>: divisors of the rotary frequencies.
    /// </summary>
    public abstract JsonElement Config { get; }

    /// <summary>Where the configuration stands, for messages.</summary>
    internal string ConfigPlace => Directory.Exists(Location) ? Path.Combine(Location, "config.json") : Location;

    /// <summary>All tensors, by their names in Hugging Face's form.</summary>
    public abstract IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

    /// <summary>Metadata of a GGUF file by its keys, or null for another kind of checkpoint.</summary>
    public virtual IReadOnlyDictionary<string, object>? GgufMetadata => null;

    /// <summary>In which formats weights are quantised that are decoded from several tensors each; null where none is, and of GGUF files, whose types say it.</summary>
    internal virtual QuantizedFormats? Quantization => null;

    /// <summary>Reads elements of a tensor, converted to float32.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="start">The first element, counted row by row.</param>
    /// <param name="destination">Takes the elements <c>[start, start + destination.Length)</c>.</param>
    /// <exception cref="InputException">The tensor is missing, its type cannot be read, or the file cannot be read any more.</exception>
    public abstract void Read(string name, long start, Span<float> destination);

    /// <summary>Reads elements of a tensor, converted to float64.</summary>
    /// <inheritdoc cref="Read(string, long, Span{float})"/>
    public abstract void Read(string name, long start, Span<double> destination);

    /// <summary>Hints that a tensor will be read soon, so that the system fetches it from the disk while other work goes on.</summary>
    /// <param name="name">The tensor.</param>
    public void Prefetch(string name) => Ranges(name, static (file, offset, length) => file.ReadAhead(offset, length));

    /// <summary>Reads a tensor into memory as it is stored; it is read from there from now on, until the checkpoint is closed.</summary>
    /// <param name="name">The tensor.</param>
    /// <exception cref="InputException">The file cannot be read any more.</exception>
    public void Hold(string name) => Ranges(name, (file, offset, length) => file.Hold(offset, length, name));

    /// <summary>Tells in which parts of which files a tensor stands.</summary>
    /// <param name="name">The tensor.</param>
    /// <param name="range">Is told of each part.</param>
    internal virtual void Ranges(string name, FileRange range)
    {
    }

    /// <summary>
    /// An identity for the run's metadata, stable over copies and moves: SHA-256 of the configuration, of the names,
    /// sizes and headers of the files, and of their contents: all of it up to 64 MiB, beyond that a sample
    /// of every tensor (its beginning, middle and end), so that a model of many gigabytes takes no noticeable time.
    /// </summary>
    /// <returns><c>sha256:</c> and 64 hexadecimal digits.</returns>
    public abstract string Hash();

    /// <summary>Whether two tensors have the same shape and, element by element, the same values; read once and then remembered.</summary>
    /// <param name="first">A tensor.</param>
    /// <param name="second">Another one.</param>
    /// <exception cref="InputException">One of them cannot be read.</exception>
    internal bool HaveEqualValues(string first, string second) => _equal.GetOrAdd((first, second), pair => Compare(pair.Item1, pair.Item2));

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the files.</summary>
    /// <param name="disposing">Whether it was called by <see cref="Dispose()"/>.</param>
    protected abstract void Dispose(bool disposing);

    private bool Compare(string first, string second)
    {
        if (!Tensors[first].Shape.SequenceEqual(Tensors[second].Shape))
            return false;
        var (count, ours, theirs) = (Tensors[first].Elements, new double[ComparedAtOnce], new double[ComparedAtOnce]);
        for (var start = 0L; start < count; start += ComparedAtOnce)
        {
            var length = (int)Math.Min(ComparedAtOnce, count - start);
            Read(first, start, ours.AsSpan(0, length));
            Read(second, start, theirs.AsSpan(0, length));
            if (!ours.AsSpan(0, length).SequenceEqual(theirs.AsSpan(0, length)))
                return false;
        }

        return true;
    }
}
