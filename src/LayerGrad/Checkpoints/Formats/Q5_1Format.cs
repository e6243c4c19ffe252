using System.Buffers.Binary;

namespace LayerGrad.Checkpoints.Formats;

/// <summary>Q5_1 of GGUF: half-precision scale d and minimum m, 32 fifth bits, 32 nibbles; the values are d·q + m.</summary>
internal sealed class Q5_1Format : BlockFormat
{
    public static readonly Q5_1Format Instance = new();

    public override string Name => "Q5_1";

    public override int BlockElements => 32;

    public override int BlockBytes => 24;

    protected override void DecodeBlock(ReadOnlySpan<byte> block, Span<byte> quants, Span<float> values)
    {
        Quants.Nibbles(block[8..], quants, quants[16..]);
        Quants.AddFifthBits(BinaryPrimitives.ReadUInt32LittleEndian(block[4..]), quants);
        Quants.ScaleAndShift(quants, Quants.Half(block), Quants.Half(block[2..]), values);
    }
}
