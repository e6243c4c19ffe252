using System.Text.Json;
using LayerGrad.Analysis.Noise;
using LayerGrad.Cli;
using LayerGrad.Runs.Kernels;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

/// <summary><c>measure --noise</c>: the products of a run's examples, what is refused, and what shows them.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class RunNoiseTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SharedTheory]
    [InlineData("llama2")]
    [InlineData("gemma2")]
    public void Products_are_those_of_the_reference_by_layer_and_projection_whatever_the_windows(string family)
    {
        // Little memory: several windows, and factors on disk.
        Measure(family, "run.jsonl", "--noise", "--precision", "fp64", "--protocol", "strict", "--memory", "600MiB").ShouldBe(CommandLine.Done);

        var products = ExampleProductsFile.Read(_folder.At("run.noise.json"));
        using var reference = JsonDocument.Parse(File.ReadAllText(Shared.Path("reference", "tiny", family, "base.kernels.json")));
        var weights = reference.RootElement.EnumerateObject()
            .Select(weight => (weight.Name, Cells: (double[])[.. weight.Value.EnumerateArray().SelectMany(row => row.EnumerateArray().Select(cell => cell.GetDouble()))])).ToList();
        products.LeftOut.ShouldBe(0);
        Same(products.Whole, weights.Select(weight => weight.Cells), products.Examples.Count);
        products.Layers.Count.ShouldBeGreaterThan(1);
        foreach (var (layer, values) in products.Layers)
            Same(values, weights.Where(weight => weight.Name.Contains($".{layer}.", StringComparison.Ordinal)).Select(weight => weight.Cells), products.Examples.Count);
        products.Projections.Keys.ShouldBe(["Q", "K", "V", "O"]);
        Same(products.Projections["O"], weights.Where(weight => weight.Name.Contains("o_proj", StringComparison.Ordinal)).Select(weight => weight.Cells), products.Examples.Count);
        Directory.GetDirectories(_folder.At(".")).ShouldBeEmpty();
    }

    [SharedFact]
    public void Every_command_shows_the_scale_and_the_lines_are_those_without_it()
    {
        Measure("llama2", "plain.jsonl").ShouldBe(CommandLine.Done);
        Measure("llama2", "run.jsonl", "--noise").ShouldBe(CommandLine.Done);
        File.ReadAllBytes(_folder.At("run.jsonl")).ShouldBe(File.ReadAllBytes(_folder.At("plain.jsonl")));

        var noise = KernelNoise.Create(new NoiseOptions { Kernel = _folder.At("run.noise.json"), Bootstrap = 100 });
        noise.Examples.ShouldBe(14);
        var (status, output, _) = CommandLineRun.Of("noise", _folder.At("run.noise.json"), "--bootstrap", "100");
        status.ShouldBe(CommandLine.Done);
        output.ShouldContain("Gradient noise scale of 14 examples");
        CommandLineRun.Of("compare", _folder.At("run.jsonl"), _folder.At("plain.jsonl"), "--bootstrap", "100").Output.ShouldContain("Gradient noise scale");
        CommandLineRun.Of("compare", _folder.At("plain.jsonl"), "--bootstrap", "100").Output.ShouldNotContain("noise");
        CommandLineRun.Of("compare", _folder.At("run.jsonl"), "--bootstrap", "100", "--out", _folder.At("c.json")).Status.ShouldBe(CommandLine.Done);
        using (var json = JsonDocument.Parse(File.ReadAllText(_folder.At("c.json"))))
            json.RootElement.GetProperty("noise")[0].GetProperty("layers").GetProperty("1").GetProperty("trace").GetProperty("value").GetDouble().ShouldBe(noise.Layers[1].Noise.Trace.Value, 1e-12);
        CommandLineRun.Of("compare", _folder.At("run.jsonl"), "--bootstrap", "100", "--out", _folder.At("c.csv")).Status.ShouldBe(CommandLine.Done);
        File.ReadAllText(_folder.At("c.csv")).ShouldContain("run,,noise,V,,trace,");
        CommandLineRun.Of("report", _folder.At("run.jsonl"), "--bootstrap", "100", "--out", _folder.At("r.html")).Status.ShouldBe(CommandLine.Done);
        File.ReadAllText(_folder.At("r.html")).ShouldContain("\"noises\":[{\"label\":\"run\",\"examples\":14");
        CommandLineRun.Of("plot", _folder.At("plain.jsonl"), "--kind", "noise", "--out", _folder.At("f.svg")).Error.ShouldContain("plain.noise.json beside it; measure it with --noise");
        var (drawn, _, why) = CommandLineRun.Of("plot", _folder.At("run.jsonl"), "--kind", "noise", "--bootstrap", "100", "--out", _folder.At("f.svg"));
        if (noise.Layers.Any(layer => layer.Noise.IsResolved))
            drawn.ShouldBe(CommandLine.Done, why);
        else
            why.ShouldContain("nothing to draw");
    }

    [SharedFact]
    public void What_cannot_be_compared_in_one_go_is_refused_in_one_line()
    {
        Refused("--shard 0/2", "a shard has no products", "--noise", "--shard", "0/2");
        Measure("llama2", "run.jsonl", "--noise", "--limit", "4").ShouldBe(CommandLine.Done);
        Measure("llama2", "run.jsonl", "--noise", "--limit", "4").ShouldBe(CommandLine.Done);
        Refused("more of them", "cannot go on after 4 of them", "--noise", "--limit", "6");
        Refused("without it", "--noise was given and is now not given", "--limit", "4");
        File.Delete(_folder.At("run.noise.json"));
        Refused("killed before the end", "cannot go on after 4 of them", "--noise", "--limit", "4");

        void Refused(string what, string message, params string[] more)
        {
            var (status, _, error) = CommandLineRun.Of(Arguments("llama2", "run.jsonl", more));
            status.ShouldBe(CommandLine.WrongInput, what);
            error.ShouldContain(message);
            error.TrimEnd().Split('\n').Length.ShouldBe(1);
        }
    }

    /// <summary>With n examples of a real model both estimators are unbiased for the same two numbers; with batches of one and of all they are the same numbers.</summary>
    [SharedFact]
    public void On_a_real_model_the_two_batch_estimator_gives_the_same()
    {
        var count = Extent.IsWhole ? 12 : 4;
        var data = Shared.Path("datasets", "cot_500", "aqua_train_no_cot.json");
        CommandLineRun.Of("measure", "--model", Shared.Path("models", "SmolLM2-135M-Instruct.Q4_1.gguf"), "--data", data, "--limit", $"{count}", "--device", "cpu", "--quiet", "--noise", "--out", _folder.At("run.jsonl"))
            .Status.ShouldBe(CommandLine.Done);
        var products = ExampleProductsFile.Read(_folder.At("run.noise.json"));
        var noise = KernelNoise.Create(new NoiseOptions { Kernel = _folder.At("run.noise.json"), Bootstrap = 100 });

        foreach (var (scale, kernel) in noise.Layers.Select(layer => (layer.Noise, products.Layers[layer.Layer])).Append((noise.Whole, products.Whole)))
        {
            var small = Enumerable.Range(0, count).Average(i => kernel[(i * count) + i]);
            var large = kernel.Sum() / (count * count);
            scale.SquaredNorm.Value.ShouldBe(((count * large) - small) / (count - 1), 1e-12 * small);
            scale.Trace.Value.ShouldBe((small - large) / (1 - (1.0 / count)), 1e-12 * small);
        }

        // What is on the diagonal stands in the lines too, from another computation.
        using var lines = new LayerGrad.Runs.RunReader(_folder.At("run.jsonl"));
        for (var i = 0; lines.Read(); i++)
        {
            var squares = Enumerable.Range(0, lines.Weights.Count).Sum(weight => Math.Pow(lines.Current[weight, LayerGrad.Runs.Statistics.Statistic.FrobeniusNorm], 2));
            products.Whole[(i * count) + i].ShouldBe(squares, 1e-4 * squares);
        }
    }

    private static void Same(double[] values, IEnumerable<double[]> expected, int size)
    {
        var sum = expected.Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]);
        values.Length.ShouldBe(sum.Length);
        for (var i = 0; i < size; i++)
        {
            for (var j = 0; j < size; j++)
                values[(i * size) + j].ShouldBe(sum[(i * size) + j], 1e-9 * Math.Sqrt(sum[(i * size) + i] * sum[(j * size) + j]));
        }
    }

    private int Measure(string family, string run, params string[] more) => CommandLineRun.Of(Arguments(family, run, more)).Status;

    private string[] Arguments(string family, string run, params string[] more) =>
        ["measure", "--model", Shared.Path("models", "tiny", family), "--data", Shared.Path("reference", "examples.json"), "--device", "cpu", "--quiet", "--out", _folder.At(run), .. more];
}
