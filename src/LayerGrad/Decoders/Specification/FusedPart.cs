namespace LayerGrad.Decoders.Specification;

/// <summary>A part of a fused weight: the rows that compute, say, the queries.</summary>
/// <param name="Name">What the part is called, e.g. <c>q_proj</c>.</param>
/// <param name="Start">The first output of the first group.</param>
/// <param name="Size">The neighbouring outputs of a group that belong to the part.</param>
/// <param name="Groups">The number of groups: 1, or the heads where parts interleave.</param>
/// <param name="Spacing">The outputs from one group to the next.</param>
internal sealed record FusedPart(string Name, int Start, int Size, int Groups = 1, int Spacing = 0)
{
    /// <summary>The number of outputs in all.</summary>
    public int Outputs => Size * Groups;
}
