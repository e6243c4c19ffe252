using System.Globalization;
using LayerGrad.Analysis.Output;

namespace LayerGrad.Data.Influence;

/// <summary>A ranking as tables: its two ends, and the check.</summary>
internal static class InfluenceTables
{
    private const int InstructionWidth = 60;

    /// <summary>The tables.</summary>
    /// <param name="result">The ranking.</param>
    /// <param name="top">Examples that are shown of either end.</param>
    public static IEnumerable<ResultTable> Of(InfluenceResult result, int top)
    {
        ArgumentNullException.ThrowIfNull(result);
        var by = result.Options.ByProduct ? "product" : "cosine";
        yield return Ranked("influence_helpful", "Most helpful", $"Training examples by the {by} of their gradient with the mean gradient of {result.QueryExamples} examples of the query, over all weights: a small step on them lowers its loss most.", result, result.Scores.Take(top));
        yield return Ranked("influence_harmful", "Least helpful", "A small step on those below zero raises it.", result, result.Scores.Reverse().Take(Math.Min(top, Math.Max(0, result.Scores.Count - top))));
        if (result.Check is { } check)
            yield return Check(check);
    }

    private static ResultTable Ranked(string name, string title, string caption, InfluenceResult result, IEnumerable<InfluenceScore> scores)
    {
        var shown = scores.ToList();
        var others = result.Groups.Count <= 5 ? result.Groups.Count : 1; // As many as fit beside the text.
        return new ResultTable(
            name, title, caption,
            [
                new("Example", IsNumber: true), .. result.Groups.Take(others).Select(group => new ResultColumn(group == WeightGroup.All ? "Cosine" : $"Cosine, {group}", IsNumber: true)),
                new("Product", IsNumber: true), new("Loss", IsNumber: true), new("Tokens", IsNumber: true), new("Instruction", IsNumber: false),
            ],
            [.. shown.Select(score => (string[])
            [
                score.Example.Index.ToString(CultureInfo.InvariantCulture), .. score.Cosines.Take(others).Select(cosine => NumberText.Share(new Estimate(cosine, double.NaN, double.NaN))),
                NumberText.Of(score.Products[0]), NumberText.Of(score.Loss), score.ResponseTokens.ToString(CultureInfo.InvariantCulture), Shortened(score.Example),
            ])]);
    }

    private static ResultTable Check(MislabelCheck check) => new(
        "influence_check", $"Finding {check.Mislabelled} examples with another's answer among {check.Others}",
        "AUC: how often such an example is the more suspicious of two; ½ says nothing. Loss, ‖g‖ and length need no query, and more of them is more suspicious; of a product or cosine, less is. Above: the difference to the baseline with its 95 % interval; an interval that holds 0 shows no difference.",
        [new("Score", IsNumber: false), new("AUC", IsNumber: true), .. check.Baselines.Select(baseline => new ResultColumn($"above {baseline.Score}", IsNumber: true))],
        [
            .. check.Baselines.Select(found => (string[])[found.Score, NumberText.Share(found.Area), .. check.Baselines.Select(_ => "")]),
            .. check.Scores.Select(found => (string[])[found.Score, NumberText.Share(found.Area), .. found.AboveBaselines.Select(NumberText.Share)]),
        ]);

    private static string Shortened(Example example)
    {
        var text = example.InstructionWithInput.ReplaceLineEndings(" ");
        return text.Length > InstructionWidth ? string.Concat(text.AsSpan(0, InstructionWidth - 1), "…") : text;
    }
}
