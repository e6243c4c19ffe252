namespace LayerGrad.Decoders;

/// <summary>An example as a batch takes it.</summary>
/// <param name="Ids">Its token ids.</param>
/// <param name="ResponseStart">The position of the first token whose loss counts.</param>
/// <param name="Counted">The positions of all tokens whose loss counts, ascending, each at least 1; null for every one from <paramref name="ResponseStart"/> on.</param>
internal readonly record struct PackedSequence(int[] Ids, int ResponseStart, IReadOnlyList<int>? Counted = null);
