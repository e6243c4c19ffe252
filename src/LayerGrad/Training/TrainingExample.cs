namespace LayerGrad.Training;

/// <summary>An example that is trained on.</summary>
/// <param name="File">The dataset it comes from.</param>
/// <param name="Index">Its position in the dataset, from 0.</param>
/// <param name="Ids">Its tokens.</param>
/// <param name="ResponseStart">The first token whose loss counts.</param>
internal sealed record TrainingExample(string File, int Index, int[] Ids, int ResponseStart);
