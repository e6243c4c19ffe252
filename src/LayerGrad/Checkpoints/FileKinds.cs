using System.Text;

namespace LayerGrad.Checkpoints;

/// <summary>Says of a file that was given for a model's weights and is none what it is by its first bytes, and what to do about it.</summary>
internal static class FileKinds
{
    private const int Looked = 512;

    /// <summary>What a file is and what to do, as the rest of a sentence; null for a file of no kind that is known.</summary>
    /// <param name="file">The file.</param>
    /// <exception cref="InputException">It cannot be read.</exception>
    public static string? Describe(CheckpointFile file)
    {
        Span<byte> buffer = stackalloc byte[Looked];
        var head = buffer[..(int)Math.Min(file.Length, Looked)];
        file.Read(0, head, "its beginning");
        return head.IsEmpty ? "is empty; download it again" : OfBytes(head, Path.GetExtension(file.Path));
    }

    private static string? OfBytes(ReadOnlySpan<byte> head, string extension)
    {
        if (head.StartsWith("version https://git-lfs.github.com/spec/"u8))
            return "is a Git LFS pointer, not the file itself; fetch it with 'git lfs pull'";
        if (head.StartsWith("GGUF"u8))
            return "is a GGUF file; give it itself as the model";
        if (head.StartsWith("PK\u0003\u0004"u8))
            return "is a zip archive, as torch.save writes them; these are read as pytorch_model.bin in a folder with the model's config.json: give that folder";
        if (head is [0x80, >= 2 and <= 5, ..])
            return "is a Python pickle, as older versions of torch.save write them; these are read as pytorch_model.bin in a folder with the model's config.json: give that folder";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'H', (byte)'D', (byte)'F']))
            return "is an HDF5 file, as TensorFlow writes them, which is not read; save the model as safetensors (save_pretrained does)";
        if (head.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B]))
            return "is compressed with gzip; unpack it";
        if (head.StartsWith("lmgg"u8) || head.StartsWith("fmgg"u8) || head.StartsWith("tjgg"u8))
            return "is a GGML file from before GGUF, which is not read; convert the model again with llama.cpp's converter";
        if (extension.Equals(".onnx", StringComparison.OrdinalIgnoreCase))
            return "is an ONNX graph, which is not read; give the folder of the model that it was exported from";
        if (extension.Equals(".msgpack", StringComparison.OrdinalIgnoreCase))
            return "is a msgpack file, as Flax writes them, which is not read; save the model as safetensors (save_pretrained does)";
        return OfText(head, extension);
    }

    private static string? OfText(ReadOnlySpan<byte> head, string extension)
    {
        var text = Encoding.UTF8.GetString(head).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        if (text.StartsWith("<!doctype html", StringComparison.OrdinalIgnoreCase) || text.StartsWith("<html", StringComparison.OrdinalIgnoreCase))
            return "is an HTML page, as a hub shows instead of a file that needs a login; download the file itself";
        if (text.StartsWith("<?xml", StringComparison.OrdinalIgnoreCase))
            return "is an XML document, as servers answer instead of a file; download the file itself";
        if (extension.Equals(".json", StringComparison.OrdinalIgnoreCase) || text.StartsWith("{\"", StringComparison.Ordinal) || text.StartsWith("{\n", StringComparison.Ordinal))
            return "is a JSON file; give the folder that holds it and the weights";
        return null;
    }
}
