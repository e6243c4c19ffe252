namespace LayerGrad.Analysis.Agreement;

/// <summary>How sets agree on some weights.</summary>
/// <param name="Name">The weights: a layer's number, a projection, a weight's name, or <c>all</c>.</param>
/// <param name="Sets">What each set says of itself.</param>
/// <param name="Pairs">Every two sets, the first with each later one, then the second, ….</param>
internal sealed record WeightsAgreement(string Name, IReadOnlyList<SetAgreement> Sets, IReadOnlyList<PairAgreement> Pairs);
