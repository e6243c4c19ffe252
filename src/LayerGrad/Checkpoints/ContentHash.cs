using System.Text;

namespace LayerGrad.Checkpoints;

/// <summary>The identity of a checkpoint's contents; what goes into it is said at <see cref="Checkpoint.Hash"/>.</summary>
internal static class ContentHash
{
    private const long WholeUpTo = 64L << 20;
    private const int SampleBytes = 4096;

    /// <summary>Hashes configuration, headers, sizes and contents.</summary>
    /// <param name="config">The configuration's bytes.</param>
    /// <param name="files">Each file with the name it goes by, the length of what precedes its tensors, and its tensors.</param>
    public static string Of(ReadOnlySpan<byte> config, IReadOnlyList<(string Name, CheckpointFile File, long DataStart, IEnumerable<StoredBytes> Tensors)> files)
    {
        using var hash = new Sha256();
        hash.Append(config);
        var whole = files.Sum(static file => file.File.Length) <= WholeUpTo;
        foreach (var (name, file, dataStart, tensors) in files)
        {
            hash.Append(Encoding.UTF8.GetBytes($"\n{name} {file.Length}\n"));
            file.AppendTo(hash, 0, whole ? file.Length : dataStart);
            if (!whole)
            {
                foreach (var tensor in tensors.OrderBy(static tensor => tensor.Offset))
                    AppendSample(hash, tensor);
            }
        }
        return "sha256:" + Convert.ToHexStringLower(hash.Finish());
    }

    private static void AppendSample(Sha256 hash, StoredBytes tensor)
    {
        if (tensor.Length <= 3 * SampleBytes)
        {
            tensor.File.AppendTo(hash, tensor.Offset, tensor.Length);
            return;
        }
        tensor.File.AppendTo(hash, tensor.Offset, SampleBytes);
        tensor.File.AppendTo(hash, tensor.Offset + (tensor.Length / 2), SampleBytes);
        tensor.File.AppendTo(hash, tensor.Offset + tensor.Length - SampleBytes, SampleBytes);
    }
}
