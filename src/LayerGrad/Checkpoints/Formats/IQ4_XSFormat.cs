using System.Buffers.Binary;

namespace LayerGrad.Checkpoints.Formats;

/// <summary>IQ4_XS of GGUF: 8 sub-blocks of 32 nibbles that choose from the table of IQ4_NL, each with a six-bit scale s, under a half-precision d; the values are d·(s − 32)·v.</summary>
internal sealed class IQ4_XSFormat : BlockFormat
{
    public static readonly IQ4_XSFormat Instance = new();

    public override string Name => "IQ4_XS";

    public override int BlockElements => 256;

    public override int BlockBytes => 136;

    protected override void DecodeBlock(ReadOnlySpan<byte> block, Span<byte> quants, Span<float> values)
    {
        var d = Quants.Half(block);
        var highBits = BinaryPrimitives.ReadUInt16LittleEndian(block[2..]);
        var lowBits = block[4..8];
        for (var j = 0; j < 8; j++)
            Quants.Nibbles(block.Slice(8 + (16 * j), 16), quants[(32 * j)..], quants[((32 * j) + 16)..]);
        var signed = IQ4Values.LookUp(quants);
        for (var j = 0; j < 8; j++)
        {
            var scale = (lowBits[j / 2] >> (j % 2 * 4) & 15) | ((highBits >> (2 * j) & 3) << 4);
            Quants.Scale(signed.Slice(32 * j, 32), d * (scale - 32), values[(32 * j)..]);
        }
    }
}
