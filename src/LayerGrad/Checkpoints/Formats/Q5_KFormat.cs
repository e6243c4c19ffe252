namespace LayerGrad.Checkpoints.Formats;

/// <summary>Q5_K of GGUF: Q4_K with a fifth bit for each of its 256 nibbles.</summary>
internal sealed class Q5_KFormat : BlockFormat
{
    public static readonly Q5_KFormat Instance = new();

    public override string Name => "Q5_K";

    public override int BlockElements => 256;

    public override int BlockBytes => 176;

    protected override void DecodeBlock(ReadOnlySpan<byte> block, Span<byte> quants, Span<float> values)
    {
        var (d, dmin) = (Quants.Half(block), Quants.Half(block[2..]));
        var scales = block[4..16];
        var highBits = block[16..48];
        for (var j = 0; j < 4; j++)
            Quants.Nibbles(block.Slice(48 + (32 * j), 32), quants[(64 * j)..], quants[((64 * j) + 32)..]);
        for (var i = 0; i < 256; i++)
            quants[i] |= (byte)((highBits[i % 32] >> (i / 32) & 1) << 4);
        for (var j = 0; j < 8; j++)
        {
            var (scale, min) = Quants.SixBits(scales, j);
            Quants.ScaleAndShift(quants.Slice(32 * j, 32), d * scale, -(dmin * min), values[(32 * j)..]);
        }
    }
}
