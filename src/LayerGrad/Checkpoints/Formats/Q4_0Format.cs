namespace LayerGrad.Checkpoints.Formats;

/// <summary>Q4_0 of GGUF: a half-precision scale d, 32 nibbles q (lower halves of the bytes first); the values are d·(q − 8).</summary>
internal sealed class Q4_0Format : BlockFormat
{
    public static readonly Q4_0Format Instance = new();

    public override string Name => "Q4_0";

    public override int BlockElements => 32;

    public override int BlockBytes => 18;

    protected override void DecodeBlock(ReadOnlySpan<byte> block, Span<byte> quants, Span<float> values)
    {
        Quants.Nibbles(block[2..], quants, quants[16..]);
        Quants.Scale(Quants.Centre(quants, 8), Quants.Half(block), values);
    }
}
