using System.Globalization;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Analysis.Output;

/// <summary>The tables of a comparison, the same for a terminal, Markdown and LaTeX.</summary>
internal static class ComparisonTables
{
    /// <summary>Sets, MAD, relative differences, separation, length control and findings: those that the comparison has.</summary>
    public static IReadOnlyList<ResultTable> Of(ComparisonResult result)
    {
        var tables = new List<ResultTable> { Sets(result) };
        foreach (var metric in result.Sets[0].Metrics.Select(metric => metric.Metric))
        {
            tables.Add(Mad(result, metric));
            if (result.RelativeDifferences.Any(one => one.Metric == metric))
                tables.Add(RelativeDifference(result, metric));
            if (result.Separations.Any(one => one.Metric == metric))
                tables.Add(Separation(result, metric));
            if (result.Lengths.Any(one => one.Metric == metric))
                tables.Add(Length(result, metric));
        }

        if (result.Noises.Count > 0)
            tables.Add(NoiseTables.Of(result.Noises));
        if (result.Findings.Count > 0)
            tables.Add(Findings(result));
        return tables;
    }

    /// <summary>A verdict in words.</summary>
    public static string Words(Verdict verdict) => verdict switch
    {
        Verdict.Holds => "holds",
        Verdict.DoesNotHold => "does not hold",
        _ => "undecided",
    };

    private static ResultTable Sets(ComparisonResult result)
    {
        var thinks = result.Sets.Any(static set => set.ThinkingTokens is not null);
        return new ResultTable(
            "sets",
            "Sets",
            $"Means over examples. In brackets, here and below: 95 % bootstrap interval ({Count(result.Bootstrap)} resamples of the examples).",
            Columns(thinks ? ["Set", "#Examples", "#Response tokens", "#Thinking tokens", "#Loss"] : ["Set", "#Examples", "#Response tokens", "#Loss"]),
            Rows([
                [.. result.Sets.Select(set => set.Label)],
                [.. result.Sets.Select(set => Count(set.Examples))],
                NumberText.Column(result.Sets.Select(set => set.ResponseTokens)),
                .. thinks ? new[] { NumberText.Column(result.Sets.Select(set => set.ThinkingTokens ?? new Estimate(0, 0, 0))) } : [],
                NumberText.Column(result.Sets.Select(set => set.Loss), digits: 3),
            ]));
    }

    private static ResultTable Mad(ComparisonResult result, Metric metric)
    {
        var parts = DepthParts.Of(result.Sets[0].Layers);
        var all = result.Sets.SelectMany(set => set.Metrics.Single(of => of.Metric == metric).Projections, (set, one) => (Set: set.Label, One: one)).ToArray();
        return new ResultTable(
            "mad-" + metric.Name,
            $"{Heading(metric)}: level and MAD",
            "Level: mean over the layers. MAD: mean absolute difference between neighbouring layers, over "
            + $"early ({Span(0, parts.EarlyEnd)}), middle ({Span(parts.EarlyEnd, parts.LateStart)}), late ({Span(parts.LateStart, parts.Depth)}) and all layers.",
            Columns("Set", "Proj.", "#Level", "#Early", "#Middle", "#Late", "#MAD, all layers"),
            Rows(
                [.. all.Select(of => of.Set)],
                [.. all.Select(of => of.One.Projection)],
                NumberText.Column(all.Select(of => of.One.Level)),
                NumberText.Column(all.Select(of => of.One.Mad.Early.Value)),
                NumberText.Column(all.Select(of => of.One.Mad.Middle.Value)),
                NumberText.Column(all.Select(of => of.One.Mad.Late.Value)),
                NumberText.Column(all.Select(of => of.One.Mad.All))));
    }

    private static ResultTable RelativeDifference(ComparisonResult result, Metric metric) => new(
        "rd-" + metric.Name,
        $"{Heading(metric)}: relative difference to the matched run",
        "RD: mean over the layers of |a − b| / |a|. It is never negative: only one above the column 'by chance' (95 % point of random swaps) says anything.",
        Columns("Set", "Against", "Proj.", "#RD", "#By chance", "#Layers that differ most"),
        [.. result.RelativeDifferences.Where(one => one.Metric == metric).Select(one => Row(
            one.Set, one.Against, one.Projection, NumberText.Share(one.Difference), NumberText.Share(new Estimate(one.Chance, double.NaN, double.NaN)),
            string.Join(' ', one.TopLayers)))]);

    private static ResultTable Separation(ComparisonResult result, Metric metric) => new(
        "auc-" + metric.Name,
        $"{Heading(metric)}: telling irrelevant answers from correct ones",
        "AUC: probability that the irrelevant answer has the larger value; 0.5 says nothing. Held out: the best layer judged on examples that had "
        + "no part in choosing it, which is the number to believe.",
        Columns("Set", "#Pairs", "#Same text", "Best", "#AUC", "#Held out", "#Loss alone", "#Tokens alone"),
        [.. result.Separations.Where(one => one.Metric == metric).Select(one => Row(
            one.Set, Count(one.Pairs), Count(one.IdenticalOutputs), $"{one.Best.Projection} {Count(one.Best.Layer)}", NumberText.Share(one.Best.Area),
            NumberText.Share(one.Honest), NumberText.Share(one.Loss with { Low = double.NaN }), NumberText.Share(one.ResponseTokens with { Low = double.NaN })))]);

    private static ResultTable Length(ComparisonResult result, Metric metric) => new(
        "length-" + metric.Name,
        $"{Heading(metric)}: ratio of levels with response length held equal",
        "Geometric means over examples and projections. Matched: within strata of equal length (examples used). "
        + "Regression: log level on log response tokens and set; slope: its exponent of length.",
        Columns("Ratio", "#Raw", "#Matched", "#Examples", "#Regression", "#Slope"),
        [.. result.Lengths.Where(one => one.Metric == metric && one.Projection == LengthAnalysis.AllProjections).Select(one => Row(
            $"{one.Set} / {one.Reference}", NumberText.Of(one.Raw), NumberText.Of(one.Matched), $"{Count(one.MatchedSet)} / {Count(one.MatchedReference)}",
            NumberText.Of(one.Regression), NumberText.Of(one.Slope with { Low = double.NaN })))]);

    private static ResultTable Findings(ComparisonResult result) => new(
        "findings",
        "Findings",
        "A claim holds where its interval lies wholly on the claim's side of the border, does not hold where it lies wholly on the other side.",
        Columns("Verdict", "Claim", "Sets", "#Number", "What the number is"),
        [.. result.Findings.Select(finding => Row(
            Words(finding.Verdict), finding.Claim, string.Join("; ", finding.Sets), NumberText.Of(finding.Number),
            finding.Remark is null ? finding.Measure : $"{finding.Measure} ({finding.Remark})"))]);

    private static string Heading(Metric metric) => $"{char.ToUpperInvariant(metric.Title[0])}{metric.Title[1..]} ({metric.Name})";

    private static string Span(int start, int end) =>
        end <= start ? "none" : end == start + 1 ? Count(start) : $"{Count(start)}–{Count(end - 1)}";

    private static string[] Row(params string[] cells) => cells;

    /// <summary>Rows from columns.</summary>
    private static string[][] Rows(params string[][] columns) =>
        [.. Enumerable.Range(0, columns[0].Length).Select(row => columns.Select(column => column[row]).ToArray())];

    /// <summary>Columns from their headings; # in front of one of numbers.</summary>
    private static ResultColumn[] Columns(params string[] headings) => [.. headings.Select(heading => new ResultColumn(heading.TrimStart('#'), heading[0] == '#'))];

    private static string Count(int number) => number.ToString(CultureInfo.InvariantCulture);
}
