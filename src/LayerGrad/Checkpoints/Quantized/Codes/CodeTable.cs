using LayerGrad.Checkpoints.Formats;

namespace LayerGrad.Checkpoints.Quantized.Codes;

/// <summary>What the codes of a quantised format stand for, before zero points and scales.</summary>
/// <param name="Bits">Bits of a code: 4 or 8.</param>
/// <param name="HighFirst">Whether the upper half of a byte comes before the lower one; of codes of four bits.</param>
/// <param name="Values">The value of each code; each is exact in float32.</param>
internal sealed record CodeTable(int Bits, bool HighFirst, float[] Values)
{
    private readonly double[] _wide = Array.ConvertAll(Values, static value => (double)value);

    /// <summary>E2M1: an exponent of two bits, a fraction of one, and the sign (Open Compute Project, Microscaling Formats 1.0).</summary>
    public static readonly CodeTable Float4 = new(4, false, Mxfp4.Values);

    /// <summary>E4M3 without infinities.</summary>
    public static readonly CodeTable Float8 = new(8, false, F8E4M3Format.Values);

    /// <summary>Eight bits with a sign (two's complement).</summary>
    public static readonly CodeTable Signed8 = new(8, false, [.. Enumerable.Range(0, 256).Select(static code => (float)(sbyte)code)]);

    /// <summary>Integers from 0 on.</summary>
    public static CodeTable Unsigned(int bits) => Integers(bits, 0);

    /// <summary>Integers from −2^(bits−1) on.</summary>
    public static CodeTable Centred(int bits) => Integers(bits, 1 << (bits - 1));

    /// <summary>The values as float64.</summary>
    public double[] Wide => _wide;

    private static CodeTable Integers(int bits, int zero) => new(bits, false, [.. Enumerable.Range(0, 1 << bits).Select(code => (float)(code - zero))]);
}
