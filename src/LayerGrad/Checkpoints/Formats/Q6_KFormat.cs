namespace LayerGrad.Checkpoints.Formats;

/// <summary>Q6_K of GGUF: 16 sub-blocks of 16 six-bit q, each with a signed byte of scale s, under a half-precision d; the values are d·s·(q − 32).</summary>
internal sealed class Q6_KFormat : BlockFormat
{
    public static readonly Q6_KFormat Instance = new();

    public override string Name => "Q6_K";

    public override int BlockElements => 256;

    public override int BlockBytes => 210;

    protected override void DecodeBlock(ReadOnlySpan<byte> block, Span<byte> quants, Span<float> values)
    {
        var low = block[..128];
        var high = block[128..192];
        var scales = block[192..208];
        var d = Quants.Half(block[208..]);
        for (var half = 0; half < 2; half++)
        {
            var part = quants.Slice(128 * half, 128);
            Quants.Nibbles(low.Slice(64 * half, 64), part, part[64..]);
            for (var i = 0; i < 128; i++)
                part[i] |= (byte)((high[(32 * half) + (i % 32)] >> (i / 32 * 2) & 3) << 4);
        }
        var signed = Quants.Centre(quants, 32);
        for (var j = 0; j < 16; j++)
            Quants.Scale(signed.Slice(16 * j, 16), d * (sbyte)scales[j], values[(16 * j)..]);
    }
}
