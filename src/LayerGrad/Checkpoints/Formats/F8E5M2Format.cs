namespace LayerGrad.Checkpoints.Formats;

/// <summary>Eight bits with five of exponent and two of fraction (E5M2; arXiv 2209.05433): the upper half of a binary16.</summary>
internal sealed class F8E5M2Format : TensorFormat
{
    public static readonly F8E5M2Format Instance = new();

    private static readonly float[] s_values = [.. Enumerable.Range(0, 256).Select(bits => (float)BitConverter.UInt16BitsToHalf((ushort)(bits << 8)))];

    public override string Name => "F8_E5M2";

    public override int BlockElements => 1;

    public override int BlockBytes => 1;

    public override void Decode(ReadOnlySpan<byte> blocks, Span<float> destination)
    {
        for (var i = 0; i < blocks.Length; i++)
            destination[i] = s_values[blocks[i]];
    }
}
