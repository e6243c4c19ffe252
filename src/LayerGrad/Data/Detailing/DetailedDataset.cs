using LayerGrad.Examples;

namespace LayerGrad.Data.Detailing;

/// <summary>The detailed version of a dataset.</summary>
/// <param name="Examples">The records whose response ends in the right answer, in the dataset's order.</param>
/// <param name="Rejected">Positions of the records for which no attempt did.</param>
/// <param name="Progress">Tokens and cost at the end.</param>
internal sealed record DetailedDataset(IReadOnlyList<Example> Examples, IReadOnlyList<int> Rejected, DetailProgress Progress);
