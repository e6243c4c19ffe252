using System.Text.Json;
using LayerGrad.Analysis.Agreement;
using LayerGrad.Cli;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Analysis;

/// <summary>The agreement of sets: closed forms, mean gradients formed directly, coverage of its intervals, shares, and what is refused.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class KernelAgreementTests : IDisposable
{
    private const int Size = 20;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Sets_with_directions_of_their_own_have_the_cosines_of_the_closed_form()
    {
        // a_i = 3 u + 2 e_i and b_j = 3 (0.6 u + 0.8 v) + 2 f_j, all directions orthogonal.
        var result = Created(TwoSets(9, 9, 9 * 0.6, 4));
        var (pair, own) = (result.Whole.Pairs.ShouldHaveSingleItem(), result.Whole.Sets[0]);
        own.SquaredNorm.Value.ShouldBe(9, 1e-12);
        own.Reliability.Value.ShouldBe(9 / (9 + (4.0 / Size)), 1e-12);
        own.Share.Value.ShouldBe(1);
        pair.Cosine.Value.ShouldBe(9 * 0.6 / (9 + (4.0 / Size)), 1e-12);
        pair.Corrected.Value.ShouldBe(0.6, 1e-12);
        (pair.ShareOfFirst.Value, pair.ShareOfSecond.Value).ShouldBe((1, 1));

        // Every draw of these says the same.
        pair.Corrected.Low.ShouldBe(0.6, 1e-12);
        pair.Corrected.High.ShouldBe(0.6, 1e-12);
        pair.Cosine.Low.ShouldBe(pair.Cosine.Value, 1e-12);
        result.Map(corrected: false)[1][0].Value.ShouldBe(pair.Cosine.Value);
        result.Map(corrected: false)[0][0].Value.ShouldBe(own.Reliability.Value);
        result.Map(corrected: true)[1][1].Value.ShouldBe(1);
    }

    [Fact]
    public void The_example_itself_is_left_out_of_the_mean_of_its_set()
    {
        // Nothing in common but a little against each other: with itself in the mean every example would go along with it.
        var result = Created(TwoSets(-0.1, 9, 0.5, 4));
        result.Whole.Sets[0].Share.Value.ShouldBe(0);
        result.Whole.Sets[0].IsResolved.ShouldBeFalse();
        result.Whole.Pairs[0].IsResolved.ShouldBeFalse();
        double.IsNaN(result.Whole.Pairs[0].Corrected.Value).ShouldBeTrue();
        result.Whole.Pairs[0].ShareOfFirst.Value.ShouldBe(1);
        var (status, output, error) = CommandLineRun.Of("agreement", _folder.At("k.npy"), "--bootstrap", "50");
        status.ShouldBe(CommandLine.Done, error);
        output.ShouldContain("not resolved");
        output.ShouldContain("the example itself left");
    }

    [Fact]
    public void Answers_to_one_prompt_are_no_independent_pairs()
    {
        // Two answers to each of 20 prompts share the prompt's direction alone: the sets have nothing in common beyond it.
        var products = new double[4 * Size * Size];
        for (var i = 0; i < 2 * Size; i++)
        {
            for (var j = 0; j < 2 * Size; j++)
                products[(i * 2 * Size) + j] = i == j ? 5 : i % Size == j % Size ? 4 : i < Size == j < Size ? 1 : 0;
        }

        var questions = Enumerable.Range(0, 2 * Size).Select(i => (i < Size ? "a" : "b", (int?)(i % Size))).ToArray();
        var pair = Created(MadeUpKernel.Write(_folder.At("k.npy"), [products], sets: questions)).Whole.Pairs[0];
        pair.Corrected.Value.ShouldBe(0, 1e-12);
        pair.Cosine.Value.ShouldBe(4.0 / Size / (1 + (4.0 / Size)), 1e-12);
        pair.ShareOfFirst.Value.ShouldBe(0);

        // Taken as independent they would seem to agree.
        var unpaired = Created(MadeUpKernel.Write(_folder.At("k.npy"), [products], sets: [.. questions.Select(one => (one.Item1, (int?)null))])).Whole.Pairs[0];
        unpaired.Corrected.Value.ShouldBe(4.0 / Size, 1e-12);
    }

    [Fact]
    public void Intervals_hold_the_truth_about_as_often_as_they_say()
    {
        // Means of 0.5 in every of 12 directions, and of 0.5 in half of them and −0.5 in the third quarter: a cosine of 0.25 · … formed below.
        double[] first = [.. Enumerable.Repeat(0.5, 12)], second = [.. Enumerable.Range(0, 12).Select(at => at < 9 ? 0.5 : -0.5)];
        var truth = first.Zip(second, (x, y) => x * y).Sum() / (12 * 0.25);
        var random = new Random(7);
        const int Samples = 120, Examples = 40;
        var (held, resolved) = (0, 0);
        for (var sample = 0; sample < Samples; sample++)
        {
            var gradients = new[] { first, second }.SelectMany(mean => Enumerable.Range(0, Examples).Select(_ => (double[])[.. mean.Select(value => value + MadeUpKernel.Normal(random))])).ToArray();
            var path = MadeUpKernel.Write(_folder.At("k.npy"), [MadeUpKernel.Products(gradients)], sets: [.. gradients.Select((_, i) => (i < Examples ? "a" : "b", (int?)i))]);
            var pair = KernelAgreement.Create(new AgreementOptions { Kernel = path, Bootstrap = 200, Seed = sample }).Whole.Pairs[0];
            resolved += pair.IsResolved ? 1 : 0;
            held += pair.Corrected.Low <= truth && pair.Corrected.High >= truth ? 1 : 0;
        }

        resolved.ShouldBe(Samples);
        held.ShouldBeInRange(Samples * 87 / 100, Samples * 99 / 100);
    }

    [Fact]
    public void Numbers_are_those_of_mean_gradients_that_are_formed()
    {
        var random = new Random(5);
        var gradients = Enumerable.Range(0, 17).Select(i => (double[])[.. Enumerable.Range(0, 6).Select(at => (i < 9 ? 0.3 : at * 0.1) + MadeUpKernel.Normal(random))]).ToArray();
        // The second and the third of the first set have one prompt, which the second set has too.
        var questions = Enumerable.Range(0, 17).Select(i => (i < 9 ? "a" : "b", (int?)(i is 2 or 12 ? 1 : i))).ToArray();
        var whole = Created(MadeUpKernel.Write(_folder.At("k.npy"), [MadeUpKernel.Products(gradients)], sets: questions)).Whole;

        double[] a = Mean(Enumerable.Range(0, 9)), b = Mean(Enumerable.Range(9, 8));
        whole.Pairs[0].Cosine.Value.ShouldBe(Dot(a, b) / Math.Sqrt(Dot(a, a) * Dot(b, b)), 1e-12);
        whole.Sets[0].Share.Value.ShouldBe(Enumerable.Range(0, 9).Average(i => Dot(gradients[i], Mean(Others(i, 0, 9))) > 0 ? 1.0 : 0), 1e-12);
        whole.Pairs[0].ShareOfFirst.Value.ShouldBe(Enumerable.Range(0, 9).Average(i => Dot(gradients[i], Mean(Others(i, 9, 8))) > 0 ? 1.0 : 0), 1e-12);
        whole.Pairs[0].ShareOfSecond.Value.ShouldBe(Enumerable.Range(9, 8).Average(i => Dot(gradients[i], Mean(Others(i, 0, 9))) > 0 ? 1.0 : 0), 1e-12);
        whole.Pairs[0].Corrected.IsDefined.ShouldBe(whole.Sets[0].IsResolved && whole.Sets[1].IsResolved);
        whole.Sets[1].SquaredNorm.Value.ShouldBe(Enumerable.Range(9, 8).SelectMany(i => Others(i, 9, 8).Select(j => Dot(gradients[i], gradients[j]))).Average(), 1e-12);

        double[] Mean(IEnumerable<int> rows) => [.. Enumerable.Range(0, 6).Select(at => rows.Average(i => gradients[i][at]))];
        IEnumerable<int> Others(int i, int start, int count) => Enumerable.Range(start, count).Where(j => questions[j].Item2 != questions[i].Item2);
    }

    [Fact]
    public void Sets_are_chosen_by_name_or_made_of_positions()
    {
        var path = TwoSets(9, 9, 5, 4);
        Created(path, "b", "a").Sets.Select(set => set.Name).ShouldBe(["b", "a"]);
        Refused("no such set; it has a, b", "--sets", "c");
        Refused("named twice", "--sets", "a,a");
        Refused("ranges of positions divide a kernel of one", "--sets", "x=0:4");

        MadeUpKernel.Write(_folder.At("k.npy"), [TwoSetsProducts(9, 9, 5.4, 4)]);
        var divided = Created(path, "first=0:20", "second=20:40");
        divided.Sets.ShouldBe([("first", 20), ("second", 20)]);
        divided.Whole.Pairs[0].Corrected.Value.ShouldBe(0.6, 1e-12);
        Created(path).Whole.Pairs.ShouldBeEmpty();
        Refused("has one example", "--sets", "first=0:1,second=1:40");
        Refused("expected NAME=A:B", "--sets", "first=0-3");
        MadeUpKernel.Write(_folder.At("k.npy"), [TwoSetsProducts(9, 9, 5.4, 4)], options: """{"normalize": true}""");
        Refused("holds cosines");

        void Refused(string message, params string[] more)
        {
            var (status, _, error) = CommandLineRun.Of(["agreement", path, .. more]);
            status.ShouldBe(CommandLine.WrongInput);
            error.ShouldContain(message);
            error.TrimEnd().Split('\n').Length.ShouldBe(1);
        }
    }

    [Fact]
    public void Every_number_stands_in_CSV_JSON_and_the_report_and_is_drawn()
    {
        var path = TwoSets(9, 9, 5.4, 4, ["model.layers.0.self_attn.q_proj.weight", "model.layers.1.self_attn.v_proj.weight"]);
        CommandLineRun.Of("agreement", path, "--bootstrap", "50", "--out", _folder.At("a.json")).Status.ShouldBe(CommandLine.Done);
        using (var json = JsonDocument.Parse(File.ReadAllText(_folder.At("a.json"))))
        {
            json.RootElement.GetProperty("layers").GetProperty("1").GetProperty("pairs")[0].GetProperty("cosine_corrected").GetProperty("value").GetDouble().ShouldBe(0.6, 1e-12);
            json.RootElement.GetProperty("projections").GetProperty("V").GetProperty("sets")[1].GetProperty("resolved").GetBoolean().ShouldBeTrue();
        }

        CommandLineRun.Of("agreement", path, "--bootstrap", "50", "--out", _folder.At("a.csv")).Status.ShouldBe(CommandLine.Done);
        var lines = File.ReadAllLines(_folder.At("a.csv"));
        lines[0].ShouldBe("of,name,set,with,quantity,value,low,high,resolved");
        lines.Count(line => line.StartsWith("weight,", StringComparison.Ordinal)).ShouldBe(2 * (6 + 4));
        lines.ShouldContain(line => line.StartsWith("all,,b,a,share_positive,1,", StringComparison.Ordinal));
        foreach (var kind in (string[])["agreement", "agreement-map"])
        {
            var (status, _, error) = CommandLineRun.Of("plot", path, "--kind", kind, "--bootstrap", "50", "--out", _folder.At("f.svg"));
            status.ShouldBe(CommandLine.Done, error);
            var drawn = File.ReadAllText(_folder.At("f.svg"));
            drawn.ShouldContain("Cosine of mean gradients");
            drawn.ShouldContain(kind == "agreement" ? "corrected" : "Corrected for noise");
        }

        CommandLineRun.Of("plot", MadeUpKernel.Write(_folder.At("one.npy"), [TwoSetsProducts(9, 9, 5.4, 4)]), "--kind", "agreement", "--out", _folder.At("f.svg")).Error.ShouldContain("holds one set");
    }

    private static double[] TwoSetsProducts(double first, double second, double across, double own) =>
        [.. Enumerable.Range(0, 4 * Size * Size).Select(cell => (I: cell / (2 * Size), J: cell % (2 * Size)))
            .Select(at => (at.I < Size, at.J < Size) switch { (true, true) => first, (false, false) => second, _ => across } + (at.I == at.J ? own : 0))];

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static AgreementResult Created(string path, params string[] sets) => KernelAgreement.Create(new AgreementOptions { Kernel = path, Sets = sets, Bootstrap = 200 });

    private string TwoSets(double first, double second, double across, double own, string[]? names = null)
    {
        var products = TwoSetsProducts(first, second, across, own);
        return MadeUpKernel.Write(_folder.At("k.npy"), [.. Enumerable.Repeat(products, names?.Length ?? 1)], names, [.. Enumerable.Range(0, 2 * Size).Select(i => (i < Size ? "a" : "b", (int?)i))]);
    }
}
