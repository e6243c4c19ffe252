namespace LayerGrad.Checkpoints.Formats;

/// <summary>
/// Eight bits with four of exponent and three of fraction, without infinities (E4M3FN; Micikevicius et al. 2022, arXiv 2209.05433):
/// s·2^(e−7)·1.f, subnormal s·2^−6·0.f, and NaN where all seven bits are set.
/// </summary>
internal sealed class F8E4M3Format : TensorFormat
{
    public static readonly F8E4M3Format Instance = new();

    /// <summary>The value of each code.</summary>
    public static readonly float[] Values = [.. Enumerable.Range(0, 256).Select(Value)];

    public override string Name => "F8_E4M3";

    public override int BlockElements => 1;

    public override int BlockBytes => 1;

    public override void Decode(ReadOnlySpan<byte> blocks, Span<float> destination)
    {
        for (var i = 0; i < blocks.Length; i++)
            destination[i] = Values[blocks[i]];
    }

    private static float Value(int bits)
    {
        var (exponent, fraction) = (bits >> 3 & 15, bits & 7);
        var value = (exponent, fraction) switch
        {
            (15, 7) => float.NaN,
            (0, _) => MathF.ScaleB(fraction, -9),
            _ => MathF.ScaleB(8 + fraction, exponent - 10),
        };
        return (bits & 128) != 0 ? -value : value;
    }
}
