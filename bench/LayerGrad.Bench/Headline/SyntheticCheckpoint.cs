using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace LayerGrad.Bench.Headline;

/// <summary>Writes a checkpoint of made-up bfloat16 weights, a piece at a time, for models larger than memory.</summary>
internal static class SyntheticCheckpoint
{
    private const int Piece = 1 << 20;

    /// <summary>Writes <c>config.json</c> and <c>model.safetensors</c>.</summary>
    /// <returns>The bytes of the weights.</returns>
    public static long Write(ModelShape shape, string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), shape.Config.ToJsonString());
        var parameters = shape.Describe().Parameters.ToList();
        var header = new JsonObject();
        long end = 0;
        foreach (var parameter in parameters)
        {
            var start = end;
            end += parameter.Count * 2;
            header[parameter.Name] = new JsonObject
            {
                ["dtype"] = "BF16",
                ["shape"] = parameter.IsVector ? new JsonArray(parameter.Columns) : new JsonArray(parameter.Rows, parameter.Columns),
                ["data_offsets"] = new JsonArray(start, end),
            };
        }

        using var file = new FileStream(Path.Combine(folder, "model.safetensors"), FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16);
        var text = Encoding.UTF8.GetBytes(header.ToJsonString());
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        file.Write(length);
        file.Write(text);
        foreach (var parameter in parameters)
            WriteElements(file, parameter.Name, parameter.Count);
        file.Flush(flushToDisk: true);
        return end;
    }

    private static void WriteElements(FileStream file, string name, long count)
    {
        var values = new float[Piece];
        var halves = new ushort[Piece];
        for (long start = 0; start < count; start += Piece)
        {
            var part = values.AsSpan(0, (int)Math.Min(Piece, count - start));
            SyntheticWeights.Fill(name, start, part);
            for (var i = 0; i < part.Length; i++)
                halves[i] = (ushort)(BitConverter.SingleToUInt32Bits(part[i]) >> 16);
            file.Write(MemoryMarshal.AsBytes(halves.AsSpan(0, part.Length)));
        }
    }
}
