namespace LayerGrad.Examples;

/// <summary>An example that came as token ids.</summary>
/// <param name="Ids">The tokens.</param>
/// <param name="Counted">The positions of the tokens whose loss counts, ascending, each at least 1; at least one.</param>
internal sealed record TokenIdSequence(int[] Ids, int[] Counted);
