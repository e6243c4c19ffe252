using System.Text.Json;
using LayerGrad.Cli;
using LayerGrad.Data.Influence;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Kernels;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Data;

/// <summary><c>layergrad influence</c>: its products are the kernel's, its areas are counted, and its check says what was exchanged.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class InfluenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>⟨g, ḡ⟩ is the mean of a kernel's row over the query, ‖g‖² its diagonal; qwen3_moe has experts that some tokens alone reach.</summary>
    [SharedTheory]
    [InlineData("tiny", "llama2", "attention")]
    [InlineData("more", "qwen3_moe", "all")]
    public void Products_and_norms_are_those_of_the_kernel(string folder, string family, string weights)
    {
        var (training, query) = Parts();
        var measure = new MeasureRunOptions
        {
            Model = Shared.Path("models", folder, family),
            Data = training,
            Out = _folder.At("k.npy"),
            Device = "cpu",
            Measurement = new() { Protocol = Protocol.Strict, Precision = Precision.Float64, Weights = weights },
        };
        KernelRun.Execute(new KernelOptions { Measure = measure, Test = query });
        var result = InfluenceRun.Execute(new InfluenceOptions { Measure = measure with { Out = _folder.At("i.json") }, Query = query, Groups = ["layers", "low=0-0"] });

        using var kernel = new KernelFile(_folder.At("k.npy"), option: null);
        var axes = KernelAxes.Of(kernel);
        var names = axes.Names.Select(LayerGrad.Runs.Tables.WeightName.Parse).ToList();
        var rows = axes.Members.Select((member, row) => (member, row)).ToList();
        int[] queries = [.. rows.Where(one => one.member.Set == KernelSidecar.TestSet).Select(one => one.row)];
        result.Scores.Count.ShouldBe(kernel.Rows - queries.Length);
        result.QueryExamples.ShouldBe(queries.Length);
        var layers = names.Select(name => name.Layer).Where(layer => layer is not null).Distinct().Order().ToList();
        result.Groups.ShouldBe(["all", .. layers.Select(layer => $"{layer}"), "low"]);
        foreach (var (group, isIn) in new (int, Func<int?, bool>)[] { (0, _ => true), (1, layer => layer == layers[0]), (result.Groups.Count - 1, layer => layer == 0) })
        {
            var sum = new double[kernel.Rows * kernel.Rows];
            for (var matrix = 0; matrix < kernel.Matrices; matrix++)
            {
                if (isIn(names[matrix].Layer))
                    System.Numerics.Tensors.TensorPrimitives.Add<double>(sum, kernel.ReadMatrix(matrix), sum);
            }

            double At(int i, int j) => sum[(i * kernel.Rows) + j];
            var queryNorm = Math.Sqrt(queries.Average(i => queries.Average(j => At(i, j))));
            result.QueryNorms[group].ShouldBe(queryNorm, 1e-9 * queryNorm);
            foreach (var score in result.Scores)
            {
                var row = rows.Single(one => one.member.Set != KernelSidecar.TestSet && one.member.Position == $"{score.Example.Index}").row;
                var norm = Math.Sqrt(At(row, row));
                var product = queries.Average(query => At(row, query));
                score.Norms[group].ShouldBe(norm, 1e-9 * norm);
                score.Products[group].ShouldBe(product, 1e-9 * norm * queryNorm);
                score.Cosines[group].ShouldBe(product / (norm * queryNorm), 1e-9);
            }
        }

        result.Scores.Select(score => score.Cosines[0]).ShouldBe(result.Scores.Select(score => score.Cosines[0]).OrderDescending());
    }

    [Fact]
    public void Areas_are_those_of_counting_every_pair()
    {
        var random = new Random(4);
        bool[] labels = [.. Enumerable.Range(0, 30).Select(i => i % 3 == 0)];
        double[] scores = [.. Enumerable.Range(0, 30).Select(_ => (double)random.Next(6))];
        scores[5] = double.NaN;
        var pairs = from i in Enumerable.Range(0, 30) where labels[i] from j in Enumerable.Range(0, 30) where !labels[j] && j != 5 select scores[i] > scores[j] ? 1 : scores[i] == scores[j] ? 0.5 : 0;
        var area = new AreaUnderCurve("score", labels, scores);
        area.Value.ShouldBe(pairs.Average(), 1e-12);
        var drawn = AreaUnderCurve.Draw([area, area], labels, 200, seed: 1);
        drawn.ShouldAllBe(draw => draw[0] == draw[1]);
        drawn.Average(draw => draw[0]).ShouldBe(area.Value, 0.05);
        new AreaUnderCurve("score", [false, false], [1, 2]).Value.ShouldBe(double.NaN);
    }

    [Fact]
    public void The_check_sets_scores_against_baselines_on_the_same_draws()
    {
        // The loss tells most of them, the cosine all: the difference is what it finds beyond.
        var random = new Random(2);
        InfluenceScore[] scores = [.. Enumerable.Range(0, 60).Select(i =>
        {
            var isWrong = i < 15;
            return new InfluenceScore(new Example(i, "", "", ""), random.NextDouble() + (isWrong ? 0.4 : 0), 10, [isWrong ? -1 : 1], [1], [(isWrong ? -1 : 1) + (0.1 * random.NextDouble())], isWrong);
        })];
        var check = MislabelCheck.Of(["all"], scores, kept: 2, replicates: 300, seed: 0);
        (check.Mislabelled, check.Others, check.Kept).ShouldBe((15, 45, 2));
        var (loss, length, cosine) = (check.Baselines[0], check.Baselines[2], check.Scores[1]);
        cosine.Area.Value.ShouldBe(1);
        length.Area.Value.ShouldBe(0.5);
        loss.Area.Value.ShouldBeInRange(0.6, 0.95);
        cosine.AboveBaselines[0].Value.ShouldBe(1 - loss.Area.Value, 1e-12);
        cosine.AboveBaselines[0].Low.ShouldBe(1 - loss.Area.High, 1e-12);
        cosine.AboveBaselines[2].Value.ShouldBe(0.5);
    }

    [SharedFact]
    public void A_tenth_of_the_answers_is_exchanged_and_looked_for()
    {
        var data = Path.Combine(Shared.Repository, "demo", "data", "heldout_none.json");
        string[] command = ["influence", "--model", Path.Combine(Shared.Repository, "demo", "model"), "--data", data, "--query", data, "--query-limit", "3", "--mislabel", "0.25", "--bootstrap", "50", "--device", "cpu", "--limit", "16"];
        var (status, output, error) = CommandLineRun.Of([.. command, "--out", _folder.At("i.json")]);
        status.ShouldBe(CommandLine.Done, error);
        output.ShouldContain("Finding 4 examples with another's answer among 12");
        output.ShouldContain("above loss");
        output.ShouldContain("without the state of an optimizer");
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.At("i.json")));
        json.RootElement.GetProperty("examples").EnumerateArray().Count(example => example.GetProperty("mislabelled").GetBoolean()).ShouldBe(4);
        json.RootElement.GetProperty("mislabel_check").GetProperty("AUC").GetProperty("cosine, early").GetProperty("value").GetDouble().ShouldBeInRange(0, 1);

        // The same once more, as CSV: the same examples are exchanged.
        CommandLineRun.Of([.. command, "--out", _folder.At("i.csv"), "--quiet"]).Status.ShouldBe(CommandLine.Done);
        var lines = File.ReadAllLines(_folder.At("i.csv"));
        lines[0].ShouldStartWith("rank,index,loss,response_tokens,mislabelled,product_all,cosine_all,norm_all,product_early");
        lines[1].Split(',')[1].ShouldBe(json.RootElement.GetProperty("examples")[0].GetProperty("index").GetRawText());
        Refused("there is such a file already", "--out", _folder.At("i.csv"));
        Refused("a share between 0 and 1", "--out", _folder.At("j.csv"), "--mislabel", "1.5");
        Refused("two or more are needed", "--out", _folder.At("j.csv"), "--mislabel", "0.01");
        Refused("none of the weights is in these layers", "--out", _folder.At("j.csv"), "--groups", "high=90-99");
        Refused("FILE.csv or FILE.json", "--out", _folder.At("j.txt"));

        void Refused(string message, params string[] more)
        {
            var (status, _, error) = CommandLineRun.Of(["influence", "--model", command[2], "--data", data, "--query", data, "--device", "cpu", "--quiet", "--limit", "4", .. more]);
            status.ShouldBe(CommandLine.WrongInput);
            error.ShouldContain(message);
            error.TrimEnd().Split('\n').Length.ShouldBe(1);
        }
    }

    private (string Training, string Query) Parts()
    {
        using var examples = JsonDocument.Parse(File.ReadAllText(Shared.Path("reference", "examples.json")));
        var texts = examples.RootElement.EnumerateArray().Select(example => example.GetRawText()).ToList();
        return (_folder.Write("training.json", $"[{string.Join(',', texts[..5])}]"), _folder.Write("query.json", $"[{string.Join(',', texts[7..10])}]"));
    }
}
