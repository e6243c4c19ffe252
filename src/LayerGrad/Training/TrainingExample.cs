using LayerGrad.Decoders;

namespace LayerGrad.Training;

/// <summary>An example that is trained on.</summary>
/// <param name="File">The dataset it comes from.</param>
/// <param name="Index">Its position in the dataset, from 0.</param>
/// <param name="Ids">Its tokens.</param>
/// <param name="ResponseStart">The first token whose loss counts.</param>
/// <param name="Counted">The positions of all tokens whose loss counts; null for every one from <paramref name="ResponseStart"/> on.</param>
internal sealed record TrainingExample(string File, int Index, int[] Ids, int ResponseStart, IReadOnlyList<int>? Counted)
{
    /// <summary>It as a batch takes it.</summary>
    public PackedSequence Packed => new(Ids, ResponseStart, Counted);
}
