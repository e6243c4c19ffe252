namespace LayerGrad.Checkpoints.Formats;

/// <summary>Q4_K of GGUF: 8 sub-blocks of 32 nibbles q, each with a six-bit scale s and minimum m, under half-precision d and dmin; the values are d·s·q − dmin·m.</summary>
internal sealed class Q4_KFormat : BlockFormat
{
    public static readonly Q4_KFormat Instance = new();

    public override string Name => "Q4_K";

    public override int BlockElements => 256;

    public override int BlockBytes => 144;

    protected override void DecodeBlock(ReadOnlySpan<byte> block, Span<byte> quants, Span<float> values)
    {
        var (d, dmin) = (Quants.Half(block), Quants.Half(block[2..]));
        var scales = block[4..16];
        for (var j = 0; j < 4; j++)
            Quants.Nibbles(block.Slice(16 + (32 * j), 32), quants[(64 * j)..], quants[((64 * j) + 32)..]);
        for (var j = 0; j < 8; j++)
        {
            var (scale, min) = Quants.SixBits(scales, j);
            Quants.ScaleAndShift(quants.Slice(32 * j, 32), d * scale, -(dmin * min), values[(32 * j)..]);
        }
    }
}
