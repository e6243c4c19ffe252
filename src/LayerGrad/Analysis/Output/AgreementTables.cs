using System.Globalization;
using LayerGrad.Analysis.Agreement;

namespace LayerGrad.Analysis.Output;

/// <summary>The agreement of the sets of a kernel as tables.</summary>
internal static class AgreementTables
{
    private const string NotResolved = "not resolved";

    /// <summary>The tables: sets against sets, pairs by projection, each set by itself, and pairs by layer.</summary>
    public static IEnumerable<ResultTable> Of(AgreementResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        WeightsAgreement[] projections = [result.Whole, .. result.Projections];
        if (result.Sets.Count > 1)
        {
            yield return Map(result);
            yield return Pairs(
                "agreement", "Agreement of mean gradients",
                "Cosine of the sets' mean gradients with 95 % intervals; noise in either draws it towards zero. Corrected: from unbiased estimates, no number (not resolved) where a squared norm is not above zero within its interval; it may lie beyond 1. "
                + "Positive: the share of the first set's examples whose gradient has a positive product with the second's mean gradient, and the other way round.",
                "Weights", result, projections);
        }

        yield return Own(result, projections);
        if (result.Sets.Count > 1 && result.Layers.Count > 0)
            yield return Pairs("agreement_layers", "By layer", "All weights of a layer together.", "Layer", result, result.Layers);
    }

    /// <summary>The corrected cosine with its interval, or that it is not resolved.</summary>
    internal static string CorrectedText(PairAgreement pair) => pair.IsResolved ? NumberText.Share(pair.Corrected) : NotResolved;

    private static ResultTable Map(AgreementResult result)
    {
        var map = result.Map(corrected: false);
        return new ResultTable(
            "agreement_map", "Sets against sets",
            "Cosine of mean gradients over all weights; on the diagonal what two samples of that size of one set come to, which cosines with other sets are to be read against.",
            [new("Set", IsNumber: false), new("Examples", IsNumber: true), .. result.Sets.Select(set => new ResultColumn(set.Name, IsNumber: true))],
            [.. result.Sets.Select((set, row) => (string[])[set.Name, Count(set.Examples), .. map[row].Select(NumberText.Share)])]);
    }

    private static ResultTable Pairs(string name, string title, string caption, string first, AgreementResult result, IReadOnlyList<WeightsAgreement> all) => new(
        name, title, caption,
        [new("Sets", IsNumber: false), new(first, IsNumber: false), new("Cosine", IsNumber: true), new("Corrected", IsNumber: true), new("Positive", IsNumber: true), new("Positive, reversed", IsNumber: true)],
        [.. Enumerable.Range(0, result.Whole.Pairs.Count).SelectMany(pair => all, (pair, one) => (string[])
        [
            result.PairName(one.Pairs[pair]), one.Name, NumberText.Share(one.Pairs[pair].Cosine), CorrectedText(one.Pairs[pair]),
            NumberText.Share(one.Pairs[pair].ShareOfFirst), NumberText.Share(one.Pairs[pair].ShareOfSecond),
        ])]);

    private static ResultTable Own(AgreementResult result, IReadOnlyList<WeightsAgreement> all) => new(
        "agreement_own", "Each set by itself",
        "Own mean: the cosine that the mean gradients of two independent samples of that size come to. Positive: the share of examples whose gradient has a positive product with the mean of the others, the example itself left out.",
        [new("Set", IsNumber: false), new("Examples", IsNumber: true), new("Weights", IsNumber: false), new("‖g‖²", IsNumber: true), new("Own mean", IsNumber: true), new("Positive", IsNumber: true)],
        [.. Enumerable.Range(0, result.Sets.Count).SelectMany(set => all, (set, one) => (string[])
        [
            result.Sets[set].Name, Count(result.Sets[set].Examples), one.Name, NumberText.Of(one.Sets[set].SquaredNorm), NumberText.Share(one.Sets[set].Reliability), NumberText.Share(one.Sets[set].Share),
        ])]);

    private static string Count(int number) => number.ToString(CultureInfo.InvariantCulture);
}
