using LayerGrad.Examples;

namespace LayerGrad.Data;

/// <summary>Examples chosen by a metric.</summary>
/// <param name="Examples">The chosen examples, in the order of the run.</param>
/// <param name="Scores">The score of each.</param>
/// <param name="Total">How many examples had a score.</param>
/// <param name="Unscored">How many had none (NaN) and were not considered.</param>
internal sealed record SelectedExamples(IReadOnlyList<Example> Examples, IReadOnlyList<double> Scores, int Total, int Unscored);
