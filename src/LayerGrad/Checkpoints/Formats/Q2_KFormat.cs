namespace LayerGrad.Checkpoints.Formats;

/// <summary>Q2_K of GGUF: 16 sub-blocks of 16 two-bit q, each with a four-bit scale s and minimum m, under half-precision d and dmin; the values are d·s·q − dmin·m.</summary>
internal sealed class Q2_KFormat : BlockFormat
{
    public static readonly Q2_KFormat Instance = new();

    public override string Name => "Q2_K";

    public override int BlockElements => 256;

    public override int BlockBytes => 84;

    protected override void DecodeBlock(ReadOnlySpan<byte> block, Span<byte> quants, Span<float> values)
    {
        var scales = block[..16];
        var packed = block[16..80];
        var (d, dmin) = (Quants.Half(block[80..]), Quants.Half(block[82..]));
        for (var i = 0; i < 256; i++)
            quants[i] = (byte)(packed[(i / 128 * 32) + (i % 32)] >> (i % 128 / 32 * 2) & 3);
        for (var j = 0; j < 16; j++)
            Quants.ScaleAndShift(quants.Slice(16 * j, 16), d * (scales[j] & 15), -(dmin * (scales[j] >> 4)), values[(16 * j)..]);
    }
}
