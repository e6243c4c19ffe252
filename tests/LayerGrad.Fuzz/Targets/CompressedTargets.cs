using System.IO.Compression;
using System.Text;
using LayerGrad.Fuzz.Mutations;
using ZstdSharp;

namespace LayerGrad.Fuzz.Targets;

/// <summary>Compressed datasets: what is packed changed, the packing changed, and little that unpacks to very much.</summary>
internal static class CompressedTargets
{
    private const int BombPieces = 24;

    private static readonly JsonMutation s_json = new("instruction", "output");
    private static readonly byte[] s_records = "{\"instruction\":\"Add 1 and 2.\",\"output\":\"3\"}"u8.ToArray();

    /// <summary>The targets.</summary>
    public static IReadOnlyList<FuzzTarget> All { get; } = [Make("data-gzip", "data.jsonl.gz", Gzip), Make("data-zstd", "data.jsonl.zst", Zstandard)];

    private static FileTarget Make(string name, string file, Func<byte[], byte[]> pack)
    {
        // 64 MiB of one letter, packed once: both formats unpack what stands one after the other as one.
        var letters = new Lazy<byte[]>(() => pack(Enumerable.Repeat((byte)'a', 64 << 20).ToArray()));
        return new FileTarget(name, file, () => [pack(s_records)], (seed, random) => random.Next(1000) switch
        {
            0 => Bomb(pack("[{\"instruction\":\""u8.ToArray()), letters.Value),
            1 => Bomb(pack("instruction,output\na,\""u8.ToArray()), letters.Value),
            2 => Bomb(pack(s_records), letters.Value),
            < 400 => pack(s_json.Mutate(s_records, random)),
            < 520 => [.. seed, .. BinaryMutation.Mutate(seed, random)],
            _ => BinaryMutation.Mutate(seed, random),
        }, DataTargets.ReadData);
    }

    /// <summary>A beginning and 1.5 GiB of one letter after it, in some 100 kB.</summary>
    private static byte[] Bomb(byte[] beginning, byte[] letters) => [.. beginning, .. Enumerable.Repeat(letters, BombPieces).SelectMany(static piece => piece)];

    private static byte[] Gzip(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Optimal))
            stream.Write(bytes);
        return packed.ToArray();
    }

    private static byte[] Zstandard(byte[] bytes)
    {
        using var compressor = new Compressor();
        return compressor.Wrap(bytes).ToArray();
    }
}
