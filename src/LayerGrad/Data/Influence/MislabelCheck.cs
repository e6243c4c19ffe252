namespace LayerGrad.Data.Influence;

/// <summary>How well scores find the examples that were given another example's answer.</summary>
/// <param name="Mislabelled">How many there are.</param>
/// <param name="Others">How many keep their own answer.</param>
/// <param name="Kept">Examples that were drawn and got an answer of the same text, so that they count among the others.</param>
/// <param name="Baselines">Scores that need no query: more is more suspicious.</param>
/// <param name="Scores">The scores of influence: less is more suspicious.</param>
internal sealed record MislabelCheck(int Mislabelled, int Others, int Kept, IReadOnlyList<FoundBy> Baselines, IReadOnlyList<FoundBy> Scores)
{
    /// <summary>Computes the areas, with intervals over draws of the training examples, of either kind by itself.</summary>
    /// <param name="groups">The names of the groups.</param>
    /// <param name="scores">The training examples.</param>
    /// <param name="kept">Examples that were drawn and got an answer of the same text.</param>
    /// <param name="replicates">How often the examples are drawn.</param>
    /// <param name="seed">The seed of the draws.</param>
    public static MislabelCheck Of(IReadOnlyList<string> groups, IReadOnlyList<InfluenceScore> scores, int kept, int replicates, int seed)
    {
        bool[] labels = [.. scores.Select(score => score.IsMislabelled)];
        var areas = new List<AreaUnderCurve>
        {
            new("loss", labels, [.. scores.Select(score => score.Loss)]),
            new("‖g‖", labels, [.. scores.Select(score => score.Norms[0])]),
            new("length", labels, [.. scores.Select(score => (double)score.ResponseTokens)]),
        };
        var baselines = areas.Count;
        for (var group = 0; group < groups.Count; group++)
        {
            var at = group;
            areas.Add(new($"product, {groups[at]}", labels, [.. scores.Select(score => -score.Products[at])]));
            areas.Add(new($"cosine, {groups[at]}", labels, [.. scores.Select(score => -score.Cosines[at])]));
        }

        double[] here = [.. areas.Select(area => area.Value)];
        var drawn = AreaUnderCurve.Draw(areas, labels, replicates, seed);
        FoundBy[] found = [.. areas.Select((area, column) => new FoundBy(
            area.Name, Estimate.Percentile(here[column], [.. drawn.Select(draw => draw[column])]),
            [.. column < baselines ? [] : Enumerable.Range(0, baselines).Select(other => Estimate.Percentile(here[column] - here[other], [.. drawn.Select(draw => draw[column] - draw[other])]))]))];
        return new MislabelCheck(labels.Count(label => label), labels.Count(label => !label), kept, found[..baselines], found[baselines..]);
    }
}

/// <summary>How well one score finds them.</summary>
/// <param name="Score">The score.</param>
/// <param name="Area">The area under its receiver operating characteristic: how often a mislabelled example is the more suspicious of two.</param>
/// <param name="AboveBaselines">By how much that is above the area of each baseline.</param>
internal sealed record FoundBy(string Score, Estimate Area, IReadOnlyList<Estimate> AboveBaselines);
