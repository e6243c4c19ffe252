using LayerGrad.Analysis;

namespace LayerGrad.Studies.Products;

/// <summary>What the demonstration came to.</summary>
/// <param name="Comparison">The comparison of its sets.</param>
/// <param name="Runs">The runs of the sets with their own answers.</param>
/// <param name="Figure">The figure.</param>
/// <param name="Report">The report.</param>
internal sealed record DemonstrationResult(ComparisonResult Comparison, IReadOnlyList<string> Runs, string Figure, string Report);
