using System.Buffers.Binary;

namespace LayerGrad.Checkpoints.Formats;

/// <summary>Q5_0 of GGUF: a half-precision scale d, 32 fifth bits, 32 nibbles; the values are d·(q − 16).</summary>
internal sealed class Q5_0Format : BlockFormat
{
    public static readonly Q5_0Format Instance = new();

    public override string Name => "Q5_0";

    public override int BlockElements => 32;

    public override int BlockBytes => 22;

    protected override void DecodeBlock(ReadOnlySpan<byte> block, Span<byte> quants, Span<float> values)
    {
        Quants.Nibbles(block[6..], quants, quants[16..]);
        Quants.AddFifthBits(BinaryPrimitives.ReadUInt32LittleEndian(block[2..]), quants);
        Quants.Scale(Quants.Centre(quants, 16), Quants.Half(block), values);
    }
}
