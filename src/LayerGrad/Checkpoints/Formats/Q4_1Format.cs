namespace LayerGrad.Checkpoints.Formats;

/// <summary>Q4_1 of GGUF: half-precision scale d and minimum m, 32 nibbles q (lower halves of the bytes first); the values are d·q + m.</summary>
internal sealed class Q4_1Format : BlockFormat
{
    public static readonly Q4_1Format Instance = new();

    public override string Name => "Q4_1";

    public override int BlockElements => 32;

    public override int BlockBytes => 20;

    protected override void DecodeBlock(ReadOnlySpan<byte> block, Span<byte> quants, Span<float> values)
    {
        Quants.Nibbles(block[4..], quants, quants[16..]);
        Quants.ScaleAndShift(quants, Quants.Half(block), Quants.Half(block[2..]), values);
    }
}
