using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>Writes files as <c>torch.save</c> does since PyTorch 1.6: a zip archive of a pickle and one entry for each storage, nothing compressed.</summary>
internal static class TorchFileBuilder
{
    /// <summary>Writes a state dict of float32 tensors.</summary>
    public static void Write(string path, IReadOnlyList<(string Name, long[] Shape, float[] Values)> tensors)
    {
        using var pickle = new MemoryStream();
        pickle.Write([0x80, 2, (byte)'}']);
        for (var i = 0; i < tensors.Count; i++)
        {
            var (name, shape, values) = tensors[i];
            var strides = new long[shape.Length];
            for (var (axis, step) = (shape.Length - 1, 1L); axis >= 0; step *= shape[axis--])
                strides[axis] = step;
            Put(pickle, Text(name) + "ctorch._utils\n_rebuild_tensor_v2\n((" + Text("storage") + "ctorch\nFloatStorage\n" + Text($"{i}") + Text("cpu") + Number(values.Length) + "tQ"
                + Number(0) + Numbers(shape) + Numbers(strides) + "\u0089ccollections\nOrderedDict\n)RtRs");
        }

        Put(pickle, ".");
        WriteArchive(path, pickle.ToArray(), [.. tensors.Select(static tensor => MemoryMarshal.AsBytes(tensor.Values.AsSpan()).ToArray())]);
    }

    /// <summary>Writes an archive of any pickle.</summary>
    public static void WriteArchive(string path, byte[] pickle, params byte[][] storages)
    {
        using var archive = new ZipArchive(File.Create(path), ZipArchiveMode.Create);
        Entry(archive, "data.pkl", pickle);
        Entry(archive, "byteorder", "little"u8.ToArray());
        for (var i = 0; i < storages.Length; i++)
            Entry(archive, $"data/{i}", storages[i]);
        Entry(archive, "version", "3\n"u8.ToArray());
    }

    private static void Entry(ZipArchive archive, string name, byte[] bytes)
    {
        using var stream = archive.CreateEntry("pytorch_model/" + name, CompressionLevel.NoCompression).Open();
        stream.Write(bytes);
    }

    private static void Put(MemoryStream pickle, string text) => pickle.Write(Encoding.Latin1.GetBytes(text));

    private static string Text(string text) => "X" + Encoding.Latin1.GetString(BitConverter.GetBytes(text.Length)) + text;

    private static string Number(long value) => "\u008a\u0008" + Encoding.Latin1.GetString(BitConverter.GetBytes(value));

    private static string Numbers(long[] values) => "(" + string.Concat(values.Select(Number)) + "t";
}
