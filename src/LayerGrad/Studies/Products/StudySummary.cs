using LayerGrad.Analysis;
using LayerGrad.Studies.Plan;

namespace LayerGrad.Studies.Products;

/// <summary>What was made of a group of runs.</summary>
/// <param name="Group">The group.</param>
/// <param name="Result">Its comparison.</param>
/// <param name="Figures">The files of its figures.</param>
/// <param name="Tables">The files of its tables.</param>
/// <param name="Reports">The files of its reports.</param>
internal sealed record StudySummary(StudyGroup Group, ComparisonResult Result, IReadOnlyList<string> Figures, IReadOnlyList<string> Tables, IReadOnlyList<string> Reports);
