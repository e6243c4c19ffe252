namespace LayerGrad.Checkpoints.Formats;

/// <summary>
/// MXFP4 (Open Compute Project, Microscaling Formats 1.0): values of four bits with two of exponent and one of fraction, two in a
/// byte and the lower half first, and for each 32 of them a scale of eight bits that stands apart: value · 2^(scale − 127).
/// </summary>
internal static class Mxfp4
{
    /// <summary>The elements that share a scale.</summary>
    public const int BlockElements = 32;

    /// <summary>The bytes of their values.</summary>
    public const int BlockBytes = BlockElements / 2;

    /// <summary>What each code stands for.</summary>
    public static readonly float[] Values = [0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6];
}
