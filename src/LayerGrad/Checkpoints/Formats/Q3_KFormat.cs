namespace LayerGrad.Checkpoints.Formats;

/// <summary>Q3_K of GGUF: 16 sub-blocks of 16 three-bit q (two bits, and a third set where 4 is not subtracted), each with a six-bit scale s, under a half-precision d; the values are d·(s − 32)·q.</summary>
internal sealed class Q3_KFormat : BlockFormat
{
    public static readonly Q3_KFormat Instance = new();

    public override string Name => "Q3_K";

    public override int BlockElements => 256;

    public override int BlockBytes => 110;

    protected override void DecodeBlock(ReadOnlySpan<byte> block, Span<byte> quants, Span<float> values)
    {
        var highBits = block[..32];
        var packed = block[32..96];
        var scales = block[96..108];
        var d = Quants.Half(block[108..]);
        for (var i = 0; i < 256; i++)
        {
            var low = packed[(i / 128 * 32) + (i % 32)] >> (i % 128 / 32 * 2) & 3;
            var high = highBits[i % 32] >> (i / 32) & 1;
            quants[i] = (byte)(low + (4 * high));
        }
        var signed = Quants.Centre(quants, 4);
        for (var j = 0; j < 16; j++)
        {
            // Four lower bits of the sixteen scales stand in eight bytes, their two upper bits in four more.
            var scale = (scales[j % 8] >> (j / 8 * 4) & 15) | ((scales[8 + (j % 4)] >> (j / 4 * 2) & 3) << 4);
            Quants.Scale(signed.Slice(16 * j, 16), d * (scale - 32), values[(16 * j)..]);
        }
    }
}
