namespace LayerGrad.Data.Influence;

/// <summary>What a training example would do to the query, to first order.</summary>
/// <param name="Example">The training example.</param>
/// <param name="Loss">Its mean loss in nats a response token.</param>
/// <param name="ResponseTokens">The tokens of its response.</param>
/// <param name="Products">⟨g, ḡ⟩ of each group, in nats²: what a step against g takes off the query's mean loss, for each unit of the step's size.</param>
/// <param name="Norms">‖g‖ of each group.</param>
/// <param name="Cosines">The cosine between g and ḡ of each group; NaN where one of them is zero.</param>
/// <param name="IsMislabelled">Whether it was given another example's answer, for the check.</param>
internal sealed record InfluenceScore(
    Example Example, double Loss, int ResponseTokens, IReadOnlyList<double> Products, IReadOnlyList<double> Norms, IReadOnlyList<double> Cosines, bool IsMislabelled);
