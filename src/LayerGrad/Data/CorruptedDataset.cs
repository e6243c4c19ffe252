using LayerGrad.Examples;

namespace LayerGrad.Data;

/// <summary>A dataset with irrelevant answers.</summary>
/// <param name="Examples">The records, in their order, with their own instructions.</param>
/// <param name="Unchanged">How many records have an answer equal to the one they had.</param>
internal sealed record CorruptedDataset(IReadOnlyList<Example> Examples, int Unchanged);
