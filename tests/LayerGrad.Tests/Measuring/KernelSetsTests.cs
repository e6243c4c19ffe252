using System.Text.Json;
using LayerGrad.Analysis.Agreement;
using LayerGrad.Cli;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Measuring;

/// <summary>Kernels of several datasets, and the agreement of these on a model.</summary>
[Collection(nameof(CommandLineRun))]
public sealed class KernelSetsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The mean gradients are formed element by element, from the factors that the library gives.</summary>
    [SharedTheory]
    [InlineData("llama2")]
    [InlineData("gemma2")]
    public void Cosines_are_those_of_mean_gradients_that_are_formed(string family)
    {
        var (first, second) = Parts();
        var model = Shared.Path("models", "tiny", family);
        Kernel(model, first, "--with", second, "--labels", "one,two").Status.ShouldBe(CommandLine.Done);
        var agreement = KernelAgreement.Create(new AgreementOptions { Kernel = _folder.At("k.npy"), Bootstrap = 20 });

        agreement.Sets.ShouldBe([("one", 4), ("two", 3)]);
        using var loaded = LanguageModel.Load(model, new ModelOptions { Precision = Precision.Float64 });
        var means = new[] { first, second }.Select(path =>
        {
            var measured = loaded.Measure(InstructionData.Read(path), new MeasureOptions { Weights = WeightSelection.Attention, Factors = true }).ToList();
            return measured[0].Gradients.Select((gradient, at) => (gradient.Weight, Mean: Mean(measured.ConvertAll(example => example.Gradients[at].Factors.Gradient())))).ToDictionary(one => one.Weight, one => one.Mean);
        }).ToArray();
        agreement.Weights.Count.ShouldBe(means[0].Count);
        foreach (var weight in agreement.Weights)
            weight.Pairs[0].Cosine.Value.ShouldBe(Cosine(means, [weight.Name]), 1e-9, weight.Name);
        agreement.Whole.Pairs[0].Cosine.Value.ShouldBe(Cosine(means, means[0].Keys), 1e-9);
        agreement.Layers[1].Pairs[0].Cosine.Value.ShouldBe(Cosine(means, means[0].Keys.Where(name => name.Contains(".1.", StringComparison.Ordinal))), 1e-9);
    }

    [SharedFact]
    public void The_sidecar_names_the_sets_and_tells_which_examples_share_a_prompt()
    {
        var (first, _) = Parts();
        Kernel(Shared.Path("models", "tiny", "llama2"), first, "--with", first, Parts().Second, "--limit", "3", "--by", "sum").Status.ShouldBe(CommandLine.Done);
        using var sidecar = JsonDocument.Parse(File.ReadAllText(_folder.At("k.json")));
        var examples = sidecar.RootElement.GetProperty("example").EnumerateArray().ToList();
        examples.Count.ShouldBe(9);
        examples.Select(example => example.GetProperty("question").GetInt32()).ShouldBe([0, 1, 2, 0, 1, 2, 3, 4, 5]);
        examples.Select(example => example.GetProperty("set").GetString()).Distinct().Count().ShouldBe(3);
        sidecar.RootElement.GetProperty("sets").GetArrayLength().ShouldBe(3);

        var agreement = KernelAgreement.Create(new AgreementOptions { Kernel = _folder.At("k.npy"), Bootstrap = 20 });
        agreement.Whole.Pairs[0].Cosine.Value.ShouldBe(1, 1e-9);
        agreement.Notes.ShouldContain(note => note.Contains("share 3 prompts", StringComparison.Ordinal));
        CommandLineRun.Of("noise", _folder.At("k.npy")).Error.ShouldContain("3 sets of examples");
    }

    [SharedFact]
    public void What_does_not_go_together_is_refused()
    {
        var (first, second) = Parts();
        Refused("--test: aligns", "--with", second, "--test", second);
        Refused("3 names for 2 sets", "--with", second, "--labels", "a,b,c");
        Refused("does not tell sets apart", "--with", second, "--labels", "a,a");

        void Refused(string message, params string[] more)
        {
            var (status, error) = Kernel(Shared.Path("models", "tiny", "llama2"), first, more);
            status.ShouldBe(CommandLine.WrongInput);
            error.ShouldContain(message);
            error.TrimEnd().Split('\n').Length.ShouldBe(1);
        }
    }

    private (int Status, string Error) Kernel(string model, string data, params string[] more)
    {
        var (status, _, error) = CommandLineRun.Of(["kernel", "--model", model, "--data", data, "--device", "cpu", "--precision", "fp64", "--protocol", "strict", "--quiet", "--out", _folder.At("k.npy"), .. more]);
        return (status, error);
    }

    /// <summary>Two datasets out of the examples of the references.</summary>
    private (string First, string Second) Parts()
    {
        using var examples = JsonDocument.Parse(File.ReadAllText(Shared.Path("reference", "examples.json")));
        var texts = examples.RootElement.EnumerateArray().Select(example => example.GetRawText()).ToList();
        return (_folder.Write("first.json", $"[{string.Join(',', texts[..4])}]"), _folder.Write("second.json", $"[{string.Join(',', texts[7..10])}]"));
    }

    private static double[] Mean(List<double[,]> gradients) => [.. Enumerable.Range(0, gradients[0].Length).Select(at => gradients.Average(gradient => gradient[at / gradient.GetLength(1), at % gradient.GetLength(1)]))];

    private static double Cosine(Dictionary<string, double[]>[] means, IEnumerable<string> weights)
    {
        double product = 0, first = 0, second = 0;
        foreach (var weight in weights)
        {
            foreach (var (a, b) in means[0][weight].Zip(means[1][weight]))
                (product, first, second) = (product + (a * b), first + (a * a), second + (b * b));
        }

        return product / Math.Sqrt(first * second);
    }
}
