using LayerGrad.Analysis.Estimation;
using LayerGrad.Analysis.Noise;
using LayerGrad.Runs;
using LayerGrad.Runs.Statistics;

namespace LayerGrad.Analysis;

/// <summary>What the comparison of several runs says. <c>docs/statistics.md</c> defines each number.</summary>
/// <param name="Sets">The runs, in the order in which they were given, those to compare against last.</param>
/// <param name="RelativeDifferences">Each run against its matched run.</param>
/// <param name="Separations">How well each metric tells correct from irrelevant answers.</param>
/// <param name="Lengths">What remains of the difference between two sets at equal response length.</param>
/// <param name="Findings">The claims of the papers that these runs can decide.</param>
/// <param name="Notes">What a reader must know to read the numbers right: examples left out, missing token counts, small sets.</param>
/// <param name="Bootstrap">The number of bootstrap replicates.</param>
/// <param name="Seed">The seed of the bootstrap.</param>
/// <param name="Step">The training step compared; <see langword="null"/> for runs of <c>measure</c>.</param>
internal sealed record ComparisonResult(
    IReadOnlyList<SetResult> Sets,
    IReadOnlyList<RelativeDifferenceResult> RelativeDifferences,
    IReadOnlyList<SeparationResult> Separations,
    IReadOnlyList<LengthResult> Lengths,
    IReadOnlyList<Finding> Findings,
    IReadOnlyList<string> Notes,
    int Bootstrap,
    int Seed,
    int? Step)
{
    /// <summary>The gradient noise scale of each set that was measured with <c>--noise</c>.</summary>
    internal IReadOnlyList<(string Set, NoiseResult Noise)> Noises { get; init; } = [];
}

/// <summary>One run.</summary>
/// <param name="Label">Its name in tables and figures.</param>
/// <param name="Path">Its file.</param>
/// <param name="Role">What it stands for, as far as its names and texts tell.</param>
/// <param name="Against">Whether it was given with <c>--against</c>.</param>
/// <param name="Examples">Measured examples.</param>
/// <param name="Skipped">Examples that the run could not measure.</param>
/// <param name="BadLines">Lines of the file that could not be read.</param>
/// <param name="Layers">The number of layers.</param>
/// <param name="Loss">Mean loss over the examples, in nats a token.</param>
/// <param name="ResponseTokens">Mean number of response tokens; undefined where the run does not say.</param>
/// <param name="Metrics">A result for each metric chosen.</param>
internal sealed record SetResult(
    string Label,
    string Path,
    SetRole Role,
    bool Against,
    int Examples,
    int Skipped,
    int BadLines,
    int Layers,
    Estimate Loss,
    Estimate ResponseTokens,
    IReadOnlyList<MetricResult> Metrics)
{
    /// <summary>Examples whose loss is not a finite number, and does not count in <see cref="Loss"/>.</summary>
    public int LossExcluded { get; init; }

    /// <summary>Mean number of response tokens that are thinking; null where no example has any.</summary>
    public Estimate? ThinkingTokens { get; init; }

    /// <summary>How much there is of the run; null where it is complete, or where that cannot be told.</summary>
    public RunProgress? Unfinished { get; init; }
}

/// <summary>A metric of a run.</summary>
/// <param name="Metric">The metric.</param>
/// <param name="Projections">A result for each projection.</param>
internal sealed record MetricResult(Metric Metric, IReadOnlyList<ProjectionResult> Projections);

/// <summary>A metric of a run for one projection.</summary>
/// <param name="Projection">The projection, such as <c>Q</c>.</param>
/// <param name="Examples">Examples whose metric is finite at every layer.</param>
/// <param name="Excluded">Examples left out because it is not.</param>
/// <param name="Curve">Mean at each layer with its interval.</param>
/// <param name="Level">Mean of the curve over the layers.</param>
/// <param name="Mad">Mean absolute difference between neighbouring layers.</param>
internal sealed record ProjectionResult(
    string Projection, int Examples, int Excluded, IReadOnlyList<Estimate> Curve, Estimate Level, MadResult Mad);

/// <summary>Mean absolute difference between neighbouring layers (MAD); undefined for a part with fewer than two layers.</summary>
/// <param name="Early">Over the early layers.</param>
/// <param name="Middle">Over the middle layers.</param>
/// <param name="Late">Over the late layers.</param>
/// <param name="All">Over all layers.</param>
internal sealed record MadResult(Estimate Early, Estimate Middle, Estimate Late, Estimate All);

/// <summary>Relative difference (RD) between a run's mean curve and that of its matched run.</summary>
/// <param name="Set">The run's label.</param>
/// <param name="Against">The matched run's label.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Projection">The projection.</param>
/// <param name="Difference">Mean over the layers of |a − b| / |a|.</param>
/// <param name="Chance">
/// What RD would come to in 95 of 100 cases if each example's two values were dealt to the runs at random: RD is never negative, so one below this
/// says nothing. NaN where fewer than two examples match.
/// </param>
/// <param name="TopLayers">The five layers where they differ most, largest first.</param>
internal sealed record RelativeDifferenceResult(
    string Set, string Against, Metric Metric, string Projection, Estimate Difference, double Chance, IReadOnlyList<int> TopLayers);

/// <summary>How well a metric tells the answers of a run from those of its matched run.</summary>
/// <param name="Set">The run's label.</param>
/// <param name="Against">The matched run's label.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Pairs">Matched examples whose outputs differ: those that are compared.</param>
/// <param name="IdenticalOutputs">Matched examples left out because both outputs are the same text.</param>
/// <param name="Projections">The areas under the curve of each projection.</param>
/// <param name="Best">The projection and layer that separate best.</param>
/// <param name="Honest">
/// What the best layer's area comes to on examples that had no part in choosing it (out of the bootstrap's bag): the number to believe, as the best of
/// many is always flattered by having been chosen.
/// </param>
/// <param name="Loss">The area under the curve of the loss alone: what a gradient metric has to beat.</param>
/// <param name="ResponseTokens">The area under the curve of the number of response tokens alone; undefined where runs do not say.</param>
internal sealed record SeparationResult(
    string Set,
    string Against,
    Metric Metric,
    int Pairs,
    int IdenticalOutputs,
    IReadOnlyList<ProjectionSeparation> Projections,
    BestLayer Best,
    Estimate Honest,
    Estimate Loss,
    Estimate ResponseTokens);

/// <summary>The areas under the curve of one projection.</summary>
/// <param name="Projection">The projection.</param>
/// <param name="Area">
/// For each layer the probability that an example of the matched run has the larger value than one of the run, ties counting half: 0.5 says nothing,
/// towards 1 the matched (irrelevant) answers have the larger values, towards 0 the run's own.
/// </param>
internal sealed record ProjectionSeparation(string Projection, IReadOnlyList<Estimate> Area);

/// <summary>The projection and layer whose area lies farthest from ½.</summary>
/// <param name="Projection">The projection.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Area">Its area and interval, which do not account for its having been chosen.</param>
internal sealed record BestLayer(string Projection, int Layer, Estimate Area);

/// <summary>What remains of the difference in level between two sets at equal response length. Ratios are of geometric means.</summary>
/// <param name="Set">The set in the numerator.</param>
/// <param name="Reference">The set in the denominator.</param>
/// <param name="Metric">The metric.</param>
/// <param name="Projection">The projection; <c>all</c> for the mean over the projections, in logarithms.</param>
/// <param name="Raw">The ratio as it is.</param>
/// <param name="Matched">The ratio within strata of equal response length; undefined where the sets do not overlap.</param>
/// <param name="MatchedSet">Examples of the set in strata that both sets reach.</param>
/// <param name="MatchedReference">Examples of the reference in such strata.</param>
/// <param name="Regression">The ratio with log response tokens held equal by linear regression.</param>
/// <param name="Slope">The regression's slope: by how much log metric changes with log response tokens.</param>
/// <param name="Warning">Where raw and controlled ratio disagree: how; otherwise <see langword="null"/>.</param>
internal sealed record LengthResult(
    string Set,
    string Reference,
    Metric Metric,
    string Projection,
    Estimate Raw,
    Estimate Matched,
    int MatchedSet,
    int MatchedReference,
    Estimate Regression,
    Estimate Slope,
    string? Warning);

/// <summary>Whether a claim is borne out by the runs compared.</summary>
internal enum Verdict
{
    /// <summary>The interval lies wholly on the side of the claim.</summary>
    Holds,

    /// <summary>The interval lies wholly on the other side.</summary>
    DoesNotHold,

    /// <summary>The interval includes the border, or there are too few examples to say.</summary>
    Undecided,
}

/// <summary>A claim of the papers, checked on the runs compared.</summary>
/// <param name="Id">A stable name.</param>
/// <param name="Claim">The claim, in words.</param>
/// <param name="Source">Where it was made.</param>
/// <param name="Sets">The labels of the sets that it was checked on.</param>
/// <param name="Measure">What the number is, and where the border lies.</param>
/// <param name="Number">The number with its interval.</param>
/// <param name="Verdict">Whether it holds.</param>
/// <param name="Remark">What limits the verdict; otherwise <see langword="null"/>.</param>
internal sealed record Finding(
    string Id, string Claim, string Source, IReadOnlyList<string> Sets, string Measure, Estimate Number, Verdict Verdict, string? Remark);
