namespace LayerGrad.Analysis.Agreement;

/// <summary>How the mean gradients of the sets of a kernel agree.</summary>
/// <param name="Kernel">The file.</param>
/// <param name="Sets">The sets, with how many examples each has.</param>
/// <param name="Bootstrap">Resamples behind each interval.</param>
/// <param name="Seed">Their seed.</param>
/// <param name="Whole">On all weights together.</param>
/// <param name="Layers">On each layer, where the kernel tells layers apart.</param>
/// <param name="Projections">On each projection over all layers, where it tells weights apart.</param>
/// <param name="Weights">On each weight, where it tells weights apart.</param>
/// <param name="Notes">What a reader must know.</param>
internal sealed record AgreementResult(
    string Kernel,
    IReadOnlyList<(string Name, int Examples)> Sets,
    int Bootstrap,
    int Seed,
    WeightsAgreement Whole,
    IReadOnlyList<WeightsAgreement> Layers,
    IReadOnlyList<WeightsAgreement> Projections,
    IReadOnlyList<WeightsAgreement> Weights,
    IReadOnlyList<string> Notes)
{
    /// <summary>How two sets are called together.</summary>
    internal string PairName(PairAgreement pair) => $"{Sets[pair.First].Name} – {Sets[pair.Second].Name}";

    /// <summary>A square of the sets: the cosine off the diagonal, on it what two samples of one set come to.</summary>
    /// <param name="corrected">Whether cosines are corrected for noise; the diagonal is 1 then.</param>
    internal Estimate[][] Map(bool corrected)
    {
        var map = Sets.Select((_, set) =>
        {
            var row = new Estimate[Sets.Count];
            row[set] = !corrected ? Whole.Sets[set].Reliability : Whole.Sets[set].IsResolved ? new Estimate(1, double.NaN, double.NaN) : Estimate.None;
            return row;
        }).ToArray();
        foreach (var pair in Whole.Pairs)
            map[pair.First][pair.Second] = map[pair.Second][pair.First] = corrected ? pair.Corrected : pair.Cosine;
        return map;
    }
}
