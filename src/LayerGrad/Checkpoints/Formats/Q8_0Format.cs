using System.Runtime.InteropServices;

namespace LayerGrad.Checkpoints.Formats;

/// <summary>Q8_0 of GGUF: a half-precision scale d, 32 signed bytes q; the values are d·q.</summary>
internal sealed class Q8_0Format : BlockFormat
{
    public static readonly Q8_0Format Instance = new();

    public override string Name => "Q8_0";

    public override int BlockElements => 32;

    public override int BlockBytes => 34;

    protected override void DecodeBlock(ReadOnlySpan<byte> block, Span<byte> quants, Span<float> values)
    {
        _ = quants;
        Quants.Scale(MemoryMarshal.Cast<byte, sbyte>(block[2..]), Quants.Half(block), values);
    }
}
