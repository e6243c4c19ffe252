namespace LayerGrad.Checkpoints.Formats;

/// <summary>IQ4_NL of GGUF: a half-precision scale d, 32 nibbles that choose from a table of uneven values v; the values are d·v.</summary>
internal sealed class IQ4_NLFormat : BlockFormat
{
    public static readonly IQ4_NLFormat Instance = new();

    public override string Name => "IQ4_NL";

    public override int BlockElements => 32;

    public override int BlockBytes => 18;

    protected override void DecodeBlock(ReadOnlySpan<byte> block, Span<byte> quants, Span<float> values)
    {
        Quants.Nibbles(block[2..], quants, quants[16..]);
        Quants.Scale(IQ4Values.LookUp(quants), Quants.Half(block), values);
    }
}
