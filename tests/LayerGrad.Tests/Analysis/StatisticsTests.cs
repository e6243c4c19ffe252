using LayerGrad.Analysis;
using LayerGrad.Analysis.Estimation;
using LayerGrad.Runs.Statistics;
using LayerGrad.Runs.Tables;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Analysis;

/// <summary>The statistics against values known by other means.</summary>
public sealed class StatisticsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(26, 7, 13, 6)]
    [InlineData(28, 7, 14, 7)]
    [InlineData(32, 10, 10, 12)]
    [InlineData(42, 12, 18, 12)]
    [InlineData(30, 8, 15, 7)]
    [InlineData(80, 20, 40, 20)]
    [InlineData(18, 5, 9, 4)]
    [InlineData(4, 1, 2, 1)]
    [InlineData(1, 1, 0, 0)]
    public void Every_depth_has_early_middle_and_late_layers(int depth, int early, int middle, int late)
    {
        var parts = DepthParts.Of(depth);
        (parts.EarlyEnd, parts.LateStart - parts.EarlyEnd, parts.Depth - parts.LateStart).ShouldBe((early, middle, late));
    }

    [Fact]
    public void MAD_of_fewer_than_two_layers_is_not_a_number_and_never_zero()
    {
        LayerDifference.MeanAbsolute([1.0]).ShouldBe(double.NaN);
        LayerDifference.MeanAbsolute([1.0, 3, 2]).ShouldBe(1.5);
    }

    [Fact]
    public void RD_divides_by_the_first_curve()
    {
        LayerDifference.Relative([1.0, 2], [2.0, 1]).ShouldBe(0.75);
        LayerDifference.LargestRelative([1.0, 2, 4], [2.0, 1, 4], 2).ShouldBe([0, 1]);
    }

    [Fact]
    public void Intervals_are_numpy_percentiles_and_leave_out_what_is_not_defined()
    {
        double[] replicates = [.. Enumerable.Range(0, 101).Select(i => (double)(100 - i)), double.NaN];
        var estimate = Estimate.Percentile(50, replicates);
        (estimate.Low, estimate.High).ShouldBe((2.5, 97.5));
        Estimate.Percentile(50, [1, double.NaN, double.NaN]).Low.ShouldBe(double.NaN);
    }

    [Fact]
    public void The_generator_gives_the_same_numbers_for_ever()
    {
        var random = new Xoshiro256(0, 0);
        new[] { random.Next(), random.Next(), random.Next() }.Distinct().Count().ShouldBe(3);
        new Xoshiro256(7, 3).Next().ShouldBe(new Xoshiro256(7, 3).Next());
        new Xoshiro256(7, 3).Next().ShouldNotBe(new Xoshiro256(7, 4).Next());
        var counts = new int[10];
        for (var i = 0; i < 100_000; i++)
            counts[random.Below(10)]++;
        // χ² with 9 degrees of freedom exceeds 27.9 once in a thousand.
        counts.Sum(count => Math.Pow(count - 10_000, 2) / 10_000).ShouldBeLessThan(27.9);
    }

    [Fact]
    public void A_bootstrap_interval_covers_the_true_mean_as_often_as_it_says()
    {
        var random = new Random(5);
        var covered = 0;
        const int Trials = 200;
        for (var trial = 0; trial < Trials; trial++)
        {
            double[] values = [.. Enumerable.Range(0, 50).Select(_ => 10 + Normal(random))];
            var run = Table(new SyntheticRun { Examples = 50, Layers = 1, Projections = ["q_proj"], Sum = (example, _, _) => values[example] });
            var mean = new MeanCurves(run, Metric.NuclearNorm, new Resampling([run], 400, trial), 0).Estimate(0, curve => curve[0]);
            covered += mean.Low <= 10 && mean.High >= 10 ? 1 : 0;
        }

        (covered / (double)Trials).ShouldBeInRange(0.88, 0.99);
    }

    [Fact]
    public void Examples_that_runs_share_are_drawn_together_and_others_apart()
    {
        var a = Table(new SyntheticRun());
        var b = Table(new SyntheticRun { Missing = [3], Output = example => $"other {example}" });
        var c = Table(new SyntheticRun { Instruction = example => $"something else {example}" });
        var resampling = new Resampling([a, b, c], 100, 0);
        (resampling.GroupOf(0) == resampling.GroupOf(1), resampling.GroupOf(0) == resampling.GroupOf(2)).ShouldBe((true, false));
        double[] first = new double[40], second = new double[39], third = new double[40];
        resampling.Draw(0, 17, first);
        resampling.Draw(1, 17, second);
        resampling.Draw(2, 17, third);
        first.Sum().ShouldBe(40);
        second.ShouldBe([.. first[..3], .. first[4..]]);
        third.ShouldNotBe(first);
    }

    [Fact]
    public void Areas_are_those_of_counting_every_pair_with_ties_and_weights()
    {
        var random = new Random(3);
        double[] correct = [.. Enumerable.Range(0, 40).Select(i => i == 7 ? double.NaN : random.Next(8))];
        double[] irrelevant = [.. Enumerable.Range(0, 40).Select(_ => (double)random.Next(10))];
        var pair = Pair();
        var separation = new Separation(pair);
        separation.Add(correct, irrelevant);
        separation.Areas()[0].ShouldBe(Counted(correct, irrelevant, [.. Enumerable.Repeat(1.0, 40)]), 1e-12);
        var resampling = new Resampling([pair.Run, pair.Against], 100, 0);
        var (areas, _) = separation.Replicate(resampling, 1);
        var weights = new double[40];
        for (var replicate = 0; replicate < 5; replicate++)
        {
            pair.DrawDifferent(resampling, replicate, weights);
            areas[0][replicate].ShouldBe(Counted(correct, irrelevant, weights), 1e-12);
        }
    }

    [Fact]
    public void The_best_of_many_columns_of_noise_is_not_taken_for_a_signal()
    {
        var random = new Random(11);
        var noise = Enumerable.Range(0, 2 * 40 * 50).Select(_ => Normal(random)).ToArray();
        var pair = Pair();
        var separation = new Separation(pair);
        for (var column = 0; column < 50; column++)
            separation.Add(noise.AsSpan(column * 80, 40), noise.AsSpan((column * 80) + 40, 40));
        var (areas, outOfBag) = separation.Replicate(new Resampling([pair.Run, pair.Against], 400, 0), 50);
        var chosen = separation.Areas()[Separation.Best(column => separation.Areas()[column], 50)];
        Math.Abs(chosen - 0.5).ShouldBeGreaterThan(0.1);
        var heldOut = Estimate.Percentile(outOfBag.Average(), outOfBag);
        (heldOut.Low, heldOut.High).ShouldSatisfyAllConditions(bounds => bounds.Low.ShouldBeLessThan(0.5), bounds => bounds.High.ShouldBeGreaterThan(0.5));
        areas.Length.ShouldBe(50);
    }

    [Fact]
    public void Length_control_finds_the_effect_that_remains()
    {
        var (set, reference) = Sets(effect: 0.4, longer: 1.3);
        var control = new LengthControl(set.Levels, set.Tokens, reference.Levels, reference.Tokens);
        var (raw, matched, regression, slope) = control.Differences(Ones, Ones);
        slope.ShouldBe(-0.5, 1e-9);
        regression.ShouldBe(0.4, 1e-9);
        matched.ShouldBe(0.4, 0.03);
        raw.ShouldBe(0.4 - (0.5 * Math.Log(1.3)), 1e-2);
    }

    [Fact]
    public void Sets_that_do_not_overlap_in_length_are_not_matched()
    {
        var (set, reference) = Sets(effect: 0, longer: 50);
        var control = new LengthControl(set.Levels, set.Tokens, reference.Levels, reference.Tokens);
        (control.MatchedSet, control.MatchedReference).ShouldBe((0, 0));
        control.Differences(Ones, Ones).Matched.ShouldBe(double.NaN);
    }

    private static double[] Ones => [.. Enumerable.Repeat(1.0, 200)];

    /// <summary>Levels that fall with the square root of length, and an effect of the set on top.</summary>
    private static ((double[] Levels, double[] Tokens) Set, (double[] Levels, double[] Tokens) Reference) Sets(double effect, double longer)
    {
        double[] tokens = [.. Enumerable.Range(0, 200).Select(i => 20.0 + i)];
        double[] longTokens = [.. tokens.Select(count => count * longer)];
        return (([.. longTokens.Select(count => effect - (0.5 * Math.Log(count)))], longTokens), ([.. tokens.Select(count => -0.5 * Math.Log(count))], tokens));
    }

    private static double Counted(double[] correct, double[] irrelevant, double[] weights)
    {
        var (sum, total) = (0.0, 0.0);
        for (var i = 0; i < correct.Length; i++)
        {
            for (var j = 0; j < irrelevant.Length; j++)
            {
                if (double.IsNaN(correct[i]) || double.IsNaN(irrelevant[j]))
                    continue;
                sum += weights[i] * weights[j] * (irrelevant[j] > correct[i] ? 1 : irrelevant[j] == correct[i] ? 0.5 : 0);
                total += weights[i] * weights[j];
            }
        }

        return sum / total;
    }

    private static double Normal(Random random) => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private RunPair Pair() => new(0, Table(new SyntheticRun()), 1, Table(new SyntheticRun { Output = example => $"other {example}" }));

    private RunTable Table(SyntheticRun run) => RunTable.Load(run.Write(_folder.At("run.jsonl")), new RunTableOptions());
}
