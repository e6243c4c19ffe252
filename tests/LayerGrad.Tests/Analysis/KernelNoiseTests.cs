using System.Text.Json;
using LayerGrad.Analysis.Noise;
using LayerGrad.Analysis.Output;
using LayerGrad.Cli;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Analysis;

/// <summary>The gradient noise scale: closed forms, the two-batch estimator, coverage of its intervals, and what is refused.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class KernelNoiseTests : IDisposable
{
    private const int Examples = 20;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Gradients_with_a_common_part_and_one_of_their_own_have_the_scale_of_the_closed_form()
    {
        // g_i = 3 u + 2 e_i with u and all e_i orthogonal: ‖g‖² = 9, tr Σ = 4.
        var noise = Created(Kernel(Common(9, 4))).Whole;
        noise.SquaredNorm.Value.ShouldBe(9, 1e-12);
        noise.Trace.Value.ShouldBe(4, 1e-12);
        noise.Scale.Value.ShouldBe(4.0 / 9, 1e-12);
        noise.IsResolved.ShouldBeTrue();
        // Every draw of these says the same.
        noise.Scale.Low.ShouldBe(4.0 / 9, 1e-12);
        noise.Scale.High.ShouldBe(4.0 / 9, 1e-12);
    }

    [Fact]
    public void Gradients_without_a_common_part_have_no_scale()
    {
        var noise = Created(Kernel(Common(0, 4))).Whole;
        noise.SquaredNorm.Value.ShouldBe(0, 1e-12);
        noise.Trace.Value.ShouldBe(4, 1e-12);
        noise.IsResolved.ShouldBeFalse();
        double.IsNaN(noise.Scale.Value).ShouldBeTrue();
        var (status, output, _) = CommandLineRun.Of("noise", _folder.At("kernel.npy"), "--bootstrap", "50");
        status.ShouldBe(CommandLine.Done);
        output.ShouldContain("not resolved");
        output.ShouldNotContain("-");
    }

    [Fact]
    public void Both_numbers_are_those_of_the_two_batch_estimator()
    {
        var gradients = Gradients(examples: 12, size: 7, mean: 0.4, new Random(3));
        var noise = Created(Kernel([MadeUpKernel.Products(gradients)])).Whole;

        // Appendix A.1 of arXiv 1812.06162, with batches of one example and of all.
        var small = gradients.Average(SquaredNorm);
        var large = SquaredNorm([.. Enumerable.Range(0, 7).Select(at => gradients.Average(gradient => gradient[at]))]);
        noise.SquaredNorm.Value.ShouldBe(((12 * large) - small) / (12 - 1), 1e-12);
        noise.Trace.Value.ShouldBe((small - large) / (1 - (1.0 / 12)), 1e-12);
    }

    [Fact]
    public void Intervals_hold_the_truth_about_as_often_as_they_say()
    {
        // ‖g‖² = 8 · 0.25 and tr Σ = 8: with 60 examples well resolved.
        var random = new Random(11);
        const int Samples = 200;
        var (norm, scale, resolved) = (0, 0, 0);
        for (var sample = 0; sample < Samples; sample++)
        {
            var products = MadeUpKernel.Products(Gradients(examples: 60, size: 8, mean: 0.5, random));
            var noise = new GradientNoise(products, 60).Estimated(replicates: 200, seed: sample);
            norm += noise.SquaredNorm.Low <= 2 && noise.SquaredNorm.High >= 2 ? 1 : 0;
            scale += noise.Scale.Low <= 4 && noise.Scale.High >= 4 ? 1 : 0;
            resolved += noise.IsResolved ? 1 : 0;
        }

        resolved.ShouldBeGreaterThan(Samples * 95 / 100);
        norm.ShouldBeInRange(Samples * 88 / 100, Samples * 99 / 100);
        scale.ShouldBeInRange(Samples * 88 / 100, Samples * 99 / 100);
    }

    [SharedTheory]
    [InlineData("llama2")]
    [InlineData("gemma2")]
    public void Layers_and_projections_are_those_of_the_sums_of_the_reference_kernels(string family)
    {
        using var reference = JsonDocument.Parse(File.ReadAllText(Shared.Path("reference", "tiny", family, "base.kernels.json")));
        var weights = reference.RootElement.EnumerateObject()
            .Select(weight => (weight.Name, Cells: (double[])[.. weight.Value.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(cell => cell.GetDouble()))])).ToList();
        var result = Created(Kernel(weights.ConvertAll(weight => weight.Cells), weights.ConvertAll(weight => weight.Name)));

        result.Weights.Select(weight => weight.Weight).ShouldBe(weights.Select(weight => weight.Name));
        result.Layers.Count.ShouldBeGreaterThan(1);
        foreach (var (layer, noise) in result.Layers)
            Same(noise, weights.Where(weight => weight.Name.Contains($".{layer}.", StringComparison.Ordinal)).Select(weight => weight.Cells));
        result.Projections.Select(one => one.Projection).ShouldBe(["Q", "K", "V", "O"]);
        Same(result.Projections[2].Noise, weights.Where(weight => weight.Name.Contains("v_proj", StringComparison.Ordinal)).Select(weight => weight.Cells));
        Same(result.Whole, weights.Select(weight => weight.Cells));
    }

    [Fact]
    public void A_kernel_that_is_no_sample_of_one_set_is_refused()
    {
        Refused(Kernel(Common(1, 1), options: """{"normalize": true}"""), "holds cosines");
        Refused(Kernel(Common(1, 1), test: true), "2 sets of examples (data, test)");
        Refused(Kernel([[1]]), "has one example");
        Refused(Kernel([[1, 0.5, 0.4, 1]]), "not symmetric at examples 1 and 0");
        Refused(Kernel([[1, 0.5, 0.5, double.NaN]]), "examples 1 and 1 have a product that is not finite");
        Refused(_folder.At("none.npy"), "none.npy: no such file");
        Refused(_folder.Write("text.npy", "no kernel at all"), "is not an .npy file");
    }

    [Fact]
    public void Every_number_stands_in_CSV_and_JSON()
    {
        var path = Kernel([Common(9, 4)[0], Common(0, 1)[0]], ["model.layers.0.self_attn.q_proj.weight", "model.layers.1.self_attn.q_proj.weight"]);
        CommandLineRun.Of("noise", path, "--bootstrap", "50", "--out", _folder.At("n.json")).Status.ShouldBe(CommandLine.Done);
        using var json = JsonDocument.Parse(File.ReadAllText(_folder.At("n.json")));
        var layers = json.RootElement.GetProperty("layers");
        layers.GetProperty("0").GetProperty("noise_scale").GetProperty("value").GetDouble().ShouldBe(4.0 / 9, 1e-12);
        layers.GetProperty("1").GetProperty("noise_scale").GetProperty("value").ValueKind.ShouldBe(JsonValueKind.Null);
        layers.GetProperty("1").GetProperty("resolved").GetBoolean().ShouldBeFalse();
        json.RootElement.GetProperty("all").GetProperty("trace").GetProperty("value").GetDouble().ShouldBe(5, 1e-12);

        CommandLineRun.Of("noise", path, "--bootstrap", "50", "--out", _folder.At("n.csv")).Status.ShouldBe(CommandLine.Done);
        var lines = File.ReadAllLines(_folder.At("n.csv"));
        lines[0].ShouldBe("of,name,quantity,value,low,high,resolved");
        lines.ShouldContain("layer,1,noise_scale,,,,false");
        lines.Count(line => line.StartsWith("weight,", StringComparison.Ordinal)).ShouldBe(6);
    }

    [Fact]
    public void Few_examples_are_said_to_be_few()
    {
        Created(Kernel(Common(9, 4, size: 5))).Notes.ShouldHaveSingleItem().ShouldContain("5 examples are few");
        Created(Kernel(Common(9, 4))).Notes.ShouldBeEmpty();
    }

    private static void Same(NoiseScale noise, IEnumerable<double[]> kernels)
    {
        var sum = kernels.Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]);
        var size = (int)Math.Sqrt(sum.Length);
        double diagonal = 0, others = 0;
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
            {
                if (i == j)
                    diagonal += sum[(i * size) + j] / size;
                else
                    others += sum[(i * size) + j] / (size * (size - 1));
            }
        }

        noise.SquaredNorm.Value.ShouldBe(others, 1e-12 * diagonal);
        noise.Trace.Value.ShouldBe(diagonal - others, 1e-12 * diagonal);
        if (noise.IsResolved)
            noise.Scale.Value.ShouldBe((diagonal - others) / others, 1e-9 * diagonal / others);
    }

    private static double SquaredNorm(double[] vector) => vector.Sum(value => value * value);

    private static double[][] Gradients(int examples, int size, double mean, Random random) =>
        [.. Enumerable.Range(0, examples).Select(_ => (double[])[.. Enumerable.Range(0, size).Select(_ => mean + MadeUpKernel.Normal(random))])];

    private static double[][] Common(double norm, double trace, int size = Examples) =>
        [[.. Enumerable.Range(0, size * size).Select(cell => norm + (cell / size == cell % size ? trace : 0))]];

    private static NoiseResult Created(string path) => KernelNoise.Create(new NoiseOptions { Kernel = path, Bootstrap = 200 });

    private static void Refused(string path, string message)
    {
        var (status, _, error) = CommandLineRun.Of("noise", path);
        status.ShouldBe(CommandLine.WrongInput);
        error.ShouldContain(message);
        error.TrimEnd().Split('\n').Length.ShouldBe(1);
    }

    /// <summary>Writes a kernel by weight, or one matrix where no names are given.</summary>
    private string Kernel(IReadOnlyList<double[]> matrices, IReadOnlyList<string>? names = null, string options = "{}", bool test = false) => MadeUpKernel.Write(
        _folder.At("kernel.npy"), matrices, names, [.. Enumerable.Range(0, (int)Math.Sqrt(matrices[0].Length)).Select(i => (test && i == Examples - 1 ? "test" : "data", (int?)null))], options);
}
