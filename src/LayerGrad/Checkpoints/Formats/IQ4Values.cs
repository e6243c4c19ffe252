using System.Runtime.Intrinsics;

namespace LayerGrad.Checkpoints.Formats;

/// <summary>The sixteen unevenly spaced values that the nibbles of IQ4_NL and IQ4_XS stand for (<c>kvalues_iq4nl</c> of ggml).</summary>
internal static class IQ4Values
{
    private static readonly Vector128<byte> s_table =
        Vector128.Create((sbyte)-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113).AsByte();

    /// <summary>Replaces nibbles by their values.</summary>
    /// <param name="quants">A multiple of 16 nibbles.</param>
    public static Span<sbyte> LookUp(Span<byte> quants)
    {
        for (var i = 0; i < quants.Length; i += 16)
            Vector128.Shuffle(s_table, Vector128.Create(quants.Slice(i, 16))).CopyTo(quants[i..]);
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, sbyte>(quants);
    }
}
