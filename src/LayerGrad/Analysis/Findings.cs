using LayerGrad.Analysis.Estimation;
using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Analysis;

/// <summary>
/// The claims of Li, Li and Zhou 2024 (arXiv 2410.23743) and of its successor 2025 (arXiv 2504.10766) as checks on the runs compared. A claim is
/// checked only where the roles of the runs allow it, and decided only where its interval lies wholly on one side of the border.
/// </summary>
internal sealed class Findings
{
    private const string FastSlow = "arXiv:2410.23743";
    private const string Unified = "arXiv:2504.10766";

    private const string Ours = "LayerGrad";

    /// <summary>The paper compares these sets; which way the check goes is ours.</summary>
    private const string FastSlowSets = "sets of arXiv:2410.23743, the direction ours";

    /// <summary>An area under the curve up to which two kinds of answers count as hardly separable.</summary>
    private const double HardlySeparable = 0.6;

    /// <summary>What an area may differ by and still count as no better.</summary>
    private const double AreaMargin = 0.05;

    /// <summary>Unevenness that remains at this share or more has not been flattened.</summary>
    private const double Flattened = 0.8;

    private readonly ComparedRuns _runs;
    private readonly IReadOnlyList<LengthResult> _lengths;
    private readonly List<Finding> _findings = [];

    private Findings(ComparedRuns runs, IReadOnlyList<LengthResult> lengths) => (_runs, _lengths) = (runs, lengths);

    /// <summary>Checks every claim that the runs can decide.</summary>
    public static IReadOnlyList<Finding> Of(ComparedRuns runs, IReadOnlyList<LengthResult> lengths)
    {
        var findings = new Findings(runs, lengths);
        if (runs.AllHave(Metric.NuclearNorm))
        {
            findings.StylesInOrder();
            findings.EarlyLayersLargest();
            findings.InstructAgainstBase();
            findings.CorrectAgainstIrrelevant();
            findings.Knowledge();
            findings.Quality(Metric.NuclearNorm, "lower", (low, high) => (low, high));
        }

        if (runs.AllHave(Metric.EffectiveRank))
        {
            findings.RankByStyle();
            findings.Quality(Metric.EffectiveRank, "higher", (low, high) => (high, low));
        }

        return findings._findings;
    }

    /// <summary>None &gt; Simplified &gt; Detailed, in MAD, in level and in level at equal length.</summary>
    private void StylesInOrder()
    {
        foreach (var (more, less) in Steps())
        {
            var order = $"{_runs.Roles[more].Style} > {_runs.Roles[less].Style}";
            Ratio("mad-order", $"MAD: {order}", FastSlow, more, less, Metric.NuclearNorm, LayerDifference.MeanAbsolute, "ratio of MAD over all layers, above 1");
            Ratio("level-order", $"Level: {order}", FastSlow, more, less, Metric.NuclearNorm, SetRatios.Level, "ratio of mean nuclear norm, above 1");
            AtEqualLength(order, more, less);
        }
    }

    private void AtEqualLength(string order, int more, int less)
    {
        var length = _lengths.FirstOrDefault(result =>
            result.Metric == Metric.NuclearNorm && string.Equals(result.Projection, LengthAnalysis.AllProjections, StringComparison.Ordinal)
            && Is(result.Set, more, less) && Is(result.Reference, more, less));
        if (length is null)
            return;
        var overlap = length.Matched.IsDefined;
        var ratio = overlap ? length.Matched : length.Regression;
        if (!string.Equals(length.Set, _runs.Labels[more], StringComparison.Ordinal))
            ratio = new Estimate(1 / ratio.Value, 1 / ratio.High, 1 / ratio.Low);
        var verdict = Above(ratio, 1);
        var matched = Math.Min(length.MatchedSet, length.MatchedReference);
        var remark = !overlap ? "the sets hardly overlap in length; regression extrapolates"
            : matched < Comparison.FewExamples ? $"only {matched} examples match in length"
            : null;
        Add("level-order-equal-length", $"Level at equal length: {order}", Ours, [more, less],
            "ratio of geometric mean nuclear norm, above 1", ratio, remark is null ? verdict : Verdict.Undecided, remark);

        bool Is(string label, int a, int b) => label == _runs.Labels[a] || label == _runs.Labels[b];
    }

    private void EarlyLayersLargest()
    {
        foreach (var set in Plain().Where(set => _runs.Roles[set].Style is ReasoningStyle.None or ReasoningStyle.Simplified))
        {
            var number = SetRatios.Within(_runs.Curves(set, Metric.NuclearNorm), SetRatios.EarlyOverRest);
            Add("early-largest", $"{_runs.Roles[set].Style}: the early layers have the largest gradients", FastSlow, [set],
                "mean nuclear norm of the early layers over the larger of the middle's and the late layers', above 1", number, Above(number, 1), null);
        }
    }

    /// <summary>The same questions and style under an instruction-tuned and under a base model.</summary>
    private void InstructAgainstBase()
    {
        foreach (var (tuned, untuned) in TunedAndBase(Plain().Concat(SameDataOtherModel())))
        {
            if (_runs.Roles[tuned].Style is ReasoningStyle.Simplified or ReasoningStyle.Detailed)
                continue;
            var style = _runs.Roles[tuned].Style == ReasoningStyle.None ? "None: " : "";
            Ratio("instruct-mad", style + "MAD of the instruct model > MAD of the base model", FastSlow, tuned, untuned, Metric.NuclearNorm,
                LayerDifference.MeanAbsolute, "ratio of MAD over all layers, above 1");
        }
    }

    private void CorrectAgainstIrrelevant()
    {
        var pairs = _runs.Pairs.Where(pair => !pair.SameOutputs).ToArray();
        foreach (var pair in pairs.Where(pair => _runs.Roles[pair.Set].Style != ReasoningStyle.Unknown))
        {
            var number = SeparationOf(pair).Result.Honest;
            if (_runs.Roles[pair.Set].Style == ReasoningStyle.None)
            {
                Area("irrelevant-none", "None: correct and irrelevant answers look alike", pair, number,
                    $"area under the curve of the best layer on examples that did not choose it, at most {HardlySeparable:0.0}", AtMost(number, HardlySeparable));
            }
            else
            {
                Area("irrelevant-told-apart", $"{_runs.Roles[pair.Set].Style}: correct and irrelevant answers differ", pair, number,
                    "area under the curve of the best layer on examples that did not choose it, above 0.5", Above(number, 0.5));
            }
        }

        foreach (var detailed in pairs.Where(pair => _runs.Roles[pair.Set].Style == ReasoningStyle.Detailed))
        {
            foreach (var none in pairs.Where(pair => _runs.Roles[pair.Set].Style == ReasoningStyle.None && Comparable(pair.Set, detailed.Set)))
                AreaDifference("irrelevant-detailed-better", "Detailed tells irrelevant answers better than None", detailed, none, number => Above(number, 0), "above 0");
        }

        foreach (var (tuned, untuned) in TunedAndBase(pairs.Select(pair => pair.Set)))
        {
            AreaDifference("irrelevant-instruct", "Instruct model tells irrelevant answers no better than base model",
                Array.Find(pairs, pair => pair.Set == tuned)!, Array.Find(pairs, pair => pair.Set == untuned)!,
                number => number.IsBelow(AreaMargin) ? Verdict.Holds : number.IsAbove(0) ? Verdict.DoesNotHold : Verdict.Undecided, $"below {AreaMargin}");
        }
    }

    private void Knowledge()
    {
        var sets = Plain().Where(set => _runs.Roles[set].Popularity != Popularity.Unknown).ToArray();
        var popular = sets.Where(set => _runs.Roles[set].Popularity == Popularity.Popular).ToArray();
        foreach (var unpopular in sets.Where(set => _runs.Roles[set].Popularity == Popularity.Unpopular))
        {
            // Popular sets come in several lengths: the one nearest in length to the unpopular pages says most about popularity.
            var nearest = popular.Where(set => SameModel(set, unpopular)).OrderBy(set => Math.Abs(Math.Log(MeanTokens(set) / MeanTokens(unpopular)))).ToArray();
            if (nearest.Length == 0)
                continue;
            Ratio("unpopular-larger", "Knowledge: unpopular pages give larger gradients than popular ones", FastSlowSets, unpopular, nearest[0], Metric.NuclearNorm,
                SetRatios.Level, "ratio of mean nuclear norm, above 1", double.IsNaN(MeanTokens(unpopular)) ? "response lengths are not known" : null);
        }

        foreach (var group in popular.Where(set => !double.IsNaN(MeanTokens(set))).GroupBy(ModelOf, StringComparer.Ordinal).Where(group => group.Count() > 1))
        {
            var byLength = group.OrderBy(MeanTokens).ToArray();
            var (shortest, longest) = (byLength[0], byLength[^1]);
            var number = SetRatios.Between(_runs.Curves(longest, Metric.NuclearNorm), _runs.Curves(shortest, Metric.NuclearNorm), SetRatios.Unevenness);
            Add("length-does-not-flatten", "Knowledge: longer responses alone do not flatten the layers", FastSlow, [longest, shortest],
                $"ratio of MAD relative to level, at least {Flattened}", number,
                number.IsAbove(Flattened) ? Verdict.Holds : number.IsBelow(Flattened) ? Verdict.DoesNotHold : Verdict.Undecided, null);
        }
    }

    private void RankByStyle()
    {
        foreach (var (less, more) in Steps())
        {
            Ratio("rank-order", $"Effective rank: {_runs.Roles[more].Style} > {_runs.Roles[less].Style}", Unified, more, less, Metric.EffectiveRank,
                SetRatios.Level, "ratio of mean effective rank, above 1", "effective rank cannot exceed the number of tokens: see the length control");
        }
    }

    private void Quality(Metric metric, string direction, Func<int, int, (int, int)> order)
    {
        foreach (var high in Plain().Where(set => _runs.Roles[set].Quality == DataQuality.High))
        {
            foreach (var low in Plain().Where(set => _runs.Roles[set].Quality == DataQuality.Low && SameModel(set, high)))
            {
                var (a, b) = order(low, high);
                Ratio($"quality-{metric.Name}", $"High-quality data has a {direction} {metric.Title}", Unified, a, b, metric, SetRatios.Level,
                    $"ratio of mean {metric.Title}, above 1");
            }
        }
    }

    private void Ratio(
        string id, string claim, string source, int a, int b, Metric metric, Func<ReadOnlySpan<double>, double> statistic, string measure, string? remark = null)
    {
        var number = SetRatios.Between(_runs.Curves(a, metric), _runs.Curves(b, metric), statistic);
        Add(id, claim, source, [a, b], measure, number, Above(number, 1), remark);
    }

    private void Area(string id, string claim, RunPair pair, Estimate number, string measure, Verdict verdict)
    {
        var few = pair.Different.Length < Comparison.FewExamples;
        Add(id, claim, FastSlow, [pair.Set, pair.AgainstSet], measure, number, few ? Verdict.Undecided : verdict,
            few ? $"only {pair.Different.Length} pairs with different answers" : null);
    }

    private void AreaDifference(string id, string claim, RunPair a, RunPair b, Func<Estimate, Verdict> verdict, string border)
    {
        var (first, second) = (SeparationOf(a), SeparationOf(b));
        var number = Estimate.Percentile(
            first.Result.Honest.Value - second.Result.Honest.Value, [.. first.OutOfBag.Zip(second.OutOfBag, (x, y) => x - y)]);
        var fewest = Math.Min(a.Different.Length, b.Different.Length);
        Add(id, claim, FastSlow, [a.Set, b.Set], $"difference of the best layers' areas under the curve, {border}", number,
            fewest < Comparison.FewExamples ? Verdict.Undecided : verdict(number),
            fewest < Comparison.FewExamples ? $"only {fewest} pairs with different answers" : null);
    }

    private void Add(string id, string claim, string source, int[] sets, string measure, Estimate number, Verdict verdict, string? remark)
    {
        var fewest = sets.Min(set => _runs.Tables[set].Count);
        if (fewest < Comparison.FewExamples)
            (verdict, remark) = (Verdict.Undecided, remark ?? $"only {fewest} examples");
        _findings.Add(new Finding(id, claim, source, [.. sets.Select(set => _runs.Labels[set])], measure, number, verdict, remark));
    }

    private (SeparationResult Result, double[] OutOfBag) SeparationOf(RunPair pair) => _runs.Separation(pair, Metric.NuclearNorm);

    /// <summary>Sets whose answers belong to their questions.</summary>
    private IEnumerable<int> Plain() => Enumerable.Range(0, _runs.Runs).Where(set => !_runs.Roles[set].Irrelevant);

    /// <summary>Runs of <c>--against</c> that differ from theirs in the model alone.</summary>
    private IEnumerable<int> SameDataOtherModel() => _runs.Pairs.Where(pair => pair.SameOutputs).Select(pair => pair.AgainstSet).Distinct();

    /// <summary>Neighbouring styles that are there, of the same questions under the same model.</summary>
    private IEnumerable<(int More, int Less)> Steps()
    {
        var styled = Plain().Where(set => _runs.Roles[set].Style != ReasoningStyle.Unknown).ToArray();
        return
            from more in styled
            from less in styled
            where _runs.Roles[more].Style < _runs.Roles[less].Style && Comparable(more, less)
                && !Array.Exists(styled, between => Comparable(between, more)
                    && _runs.Roles[between].Style > _runs.Roles[more].Style && _runs.Roles[between].Style < _runs.Roles[less].Style)
            select (more, less);
    }

    private IEnumerable<(int Tuned, int Base)> TunedAndBase(IEnumerable<int> sets)
    {
        var all = sets.ToArray();
        return
            from tuned in all
            from untuned in all
            where _runs.Roles[tuned].Instruct && !_runs.Roles[untuned].Instruct && _runs.Roles[tuned].Style == _runs.Roles[untuned].Style
                && _runs.Resampling.GroupOf(tuned) == _runs.Resampling.GroupOf(untuned) && !SameWeights(tuned, untuned)
            select (tuned, untuned);
    }

    private bool Comparable(int a, int b) => _runs.Resampling.GroupOf(a) == _runs.Resampling.GroupOf(b) && SameModel(a, b);

    private bool SameModel(int a, int b) => string.Equals(ModelOf(a), ModelOf(b), StringComparison.Ordinal);

    private string ModelOf(int set) => (_runs.Roles[set].Instruct ? "instruct " : "base ") + _runs.Tables[set].Metadata?.Model;

    /// <summary>Whether two runs are of one checkpoint: with and without a chat template they differ in the prompt, not in the model.</summary>
    private bool SameWeights(int a, int b) =>
        _runs.Tables[a].Metadata?.ModelHash is { } hash && string.Equals(hash, _runs.Tables[b].Metadata?.ModelHash, StringComparison.Ordinal);

    private double MeanTokens(int set) =>
        _runs.Tables[set].HasTokens ? System.Numerics.Tensors.TensorPrimitives.Average(_runs.Tables[set].ResponseTokens.Span) : double.NaN;

    private static Verdict Above(Estimate number, double border) =>
        number.IsAbove(border) ? Verdict.Holds : number.IsBelow(border) ? Verdict.DoesNotHold : Verdict.Undecided;

    private static Verdict AtMost(Estimate number, double border) =>
        number.IsBelow(border) ? Verdict.Holds : number.IsAbove(border) ? Verdict.DoesNotHold : Verdict.Undecided;
}
