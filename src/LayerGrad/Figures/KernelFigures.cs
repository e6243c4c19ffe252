using System.Globalization;
using LayerGrad.Analysis.Agreement;

namespace LayerGrad.Figures;

/// <summary>How the sets of a kernel agree, as figures.</summary>
internal static class KernelFigures
{
    private const string Quantity = "Cosine of mean gradients";

    /// <summary>A panel a pair of sets; a line for the cosine as it is, and one corrected for noise, with gaps where that is not resolved.</summary>
    /// <param name="request">Which kernel; its labels choose the sets.</param>
    /// <exception cref="InputException">It has not several sets, or does not tell layers apart.</exception>
    public static Figure OverLayers(FigureRequest request)
    {
        var agreement = Read(request);
        if (agreement.Layers.Count == 0)
            throw new InputException($"{agreement.Kernel}: does not tell layers apart; write it by weight or by layer, or draw --kind agreement-map");
        int[] layers = [.. agreement.Layers.Select(layer => int.Parse(layer.Name, CultureInfo.InvariantCulture))];
        var sets = agreement.Whole.Pairs.Select((pair, at) => new CurveSet(
            "", Quantity, agreement.PairName(pair), string.Create(CultureInfo.InvariantCulture, $"n = {agreement.Sets[pair.First].Examples}, {agreement.Sets[pair.Second].Examples}"), layers,
            [Line("as it is", agreement.Layers.Select(layer => layer.Pairs[at].Cosine)), Line("corrected", agreement.Layers.Select(layer => layer.Pairs[at].Corrected))], [])).ToList();
        var corrected = agreement.Layers.SelectMany(layer => layer.Pairs).ToArray();
        var unresolved = corrected.Count(pair => !pair.IsResolved);
        var note = string.Create(CultureInfo.InvariantCulture, $"Each layer's weights together; bands: 95 % bootstrap intervals ({request.Bootstrap:N0} resamples). Corrected for noise: not resolved in {unresolved} of {corrected.Length}.");
        return CurveFigure.Create(Resolved(sets), request.Style with { Note = note });
    }

    /// <summary>Two squares of the sets: cosines as they are, with what two samples of one set come to on the diagonal, and corrected for noise.</summary>
    /// <param name="request">Which kernel; its labels choose the sets.</param>
    /// <exception cref="InputException">It has not several sets.</exception>
    public static Figure Map(FigureRequest request)
    {
        var agreement = Read(request);
        var maps = ((bool Corrected, string Title, string Detail)[])[(false, "As it is", "diagonal: two samples of one set"), (true, "Corrected for noise", "grey: not resolved")];
        return HeatMapFigure.OfPairs(
            [.. maps.Select(map => new HeatMap(map.Title, map.Detail, [.. agreement.Map(map.Corrected).Select(row => (IReadOnlyList<double>)[.. row.Select(number => number.Value)])]))],
            [.. agreement.Sets.Select(set => set.Name)], Quantity, request.Style with { Note = "All weights together." });
    }

    private static AgreementResult Read(FigureRequest request)
    {
        if (request.Runs.Count != 1)
            throw new InputException($"--kind agreement draws one kernel; {request.Runs.Count} files are named");
        var agreement = KernelAgreement.Create(new AgreementOptions { Kernel = request.Runs[0], Sets = request.Labels, Bootstrap = Math.Max(1, request.Bootstrap), Seed = request.Seed });
        return agreement.Sets.Count > 1 ? agreement
            : throw new InputException($"{agreement.Kernel}: holds one set; write a kernel of several with layergrad kernel --with, or divide it with --labels first=0:50,second=50:100");
    }

    private static Curve Line(string name, IEnumerable<Estimate> numbers)
    {
        Estimate[] all = [.. numbers];

        // An interval that is open ends where a cosine does.
        return new Curve(name, [.. all.Select(one => one.Value)], [.. all.Select(one => Math.Max(one.Low, -1.5))], [.. all.Select(one => Math.Min(one.High, 1.5))]);
    }

    /// <summary>Without the lines that are nowhere resolved.</summary>
    private static List<CurveSet> Resolved(List<CurveSet> sets) =>
        sets.ConvertAll(set => set with { Curves = [.. set.Curves.Where(curve => curve.Mean.Any(double.IsFinite))] });
}
