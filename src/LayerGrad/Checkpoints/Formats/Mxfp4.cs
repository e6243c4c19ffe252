namespace LayerGrad.Checkpoints.Formats;

/// <summary>
/// MXFP4 as gpt-oss stores it (Open Compute Project, Microscaling Formats 1.0): values of four bits with two of exponent and one of fraction, two in a
/// byte and the lower half first, and for each 32 of them a scale of eight bits that stands apart: value · 2^(scale − 127).
/// </summary>
internal static class Mxfp4
{
    /// <summary>The elements that share a scale.</summary>
    public const int BlockElements = 32;

    /// <summary>The bytes of their values.</summary>
    public const int BlockBytes = BlockElements / 2;

    private static readonly float[] s_values = [0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6];

    /// <summary>Decodes a block. Every product is exact in float32, and in bfloat16 too.</summary>
    /// <param name="block">The values' bytes.</param>
    /// <param name="scale">The scale's byte.</param>
    /// <param name="destination">Takes the elements.</param>
    public static void Decode(ReadOnlySpan<byte> block, byte scale, Span<float> destination)
    {
        Span<float> scaled = stackalloc float[s_values.Length];
        for (var i = 0; i < scaled.Length; i++)
            scaled[i] = MathF.ScaleB(s_values[i], scale - 127);
        for (var i = 0; i < block.Length; i++)
        {
            destination[2 * i] = scaled[block[i] & 15];
            destination[2 * i + 1] = scaled[block[i] >> 4];
        }
    }
}
