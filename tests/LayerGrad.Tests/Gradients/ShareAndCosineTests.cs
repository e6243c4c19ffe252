using System.Text.Json;
using LayerGrad.Compute;
using LayerGrad.Measuring;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Gradients;

/// <summary><c>--tokens</c> and <c>--cosine</c> against values that were computed from whole gradients in float64.</summary>
public sealed class ShareAndCosineTests
{
    private static readonly string[] s_kinds = ["q_proj", "k_proj", "v_proj", "o_proj"];

    private static string Examples => Shared.Path("reference", "examples.json");

    [SharedTheory]
    [InlineData("llama2", Precision.Float64, 1e-9)]
    [InlineData("qwen2", Precision.Float64, 1e-9)]
    [InlineData("gemma2", Precision.Float64, 1e-9)]
    [InlineData("llama2", Precision.Float32, 1e-4)]
    public void Shares_of_tokens_are_those_of_the_reference_and_sum_to_1(string family, Precision precision, double tolerance)
    {
        using var reference = JsonDocument.Parse(File.ReadAllText(Shared.Path("reference", "tiny", family, "base.token_shares.json")));
        var measured = ReferenceRun.Measure(Shared.Path("models", "tiny", family), Examples, (Options(precision) with { Limit = reference.RootElement.GetArrayLength() }).Measuring(measurement => measurement with { Tokens = true, Protocol = Protocol.Strict }));

        foreach (var (ours, theirs) in measured.Zip(reference.RootElement.EnumerateArray()))
        {
            ours.Tokens.ShouldBe(theirs.GetProperty("ids").GetArrayLength());
            foreach (var weight in ours.Weights)
            {
                var shares = weight.TokenShares.ShouldNotBeNull();
                var expected = theirs.GetProperty("share").GetProperty(weight.Weight).EnumerateArray().Select(share => share.GetDouble()).ToList();
                var largest = expected.Max(Math.Abs);
                shares.Length.ShouldBe(expected.Count);
                shares.Zip(expected, (a, b) => Math.Abs(a - b) / largest).Max().ShouldBeLessThan(tolerance, weight.Weight);
                shares.Sum().ShouldBe(1, 1e-12);
            }
        }
    }

    [SharedTheory]
    [InlineData("llama2", Precision.Float64, 1e-9)]
    [InlineData("qwen2", Precision.Float64, 1e-9)]
    [InlineData("llama2", Precision.Float32, 1e-4)]
    public void Cosines_between_layers_are_those_of_the_reference(string family, Precision precision, double tolerance)
    {
        const int Count = 8;
        var measured = ReferenceRun.Measure(Shared.Path("models", "tiny", family), Examples, (Options(precision) with { Limit = Count }).Measuring(measurement => measurement with { Cosine = true, Protocol = Protocol.Strict }));

        foreach (var (ours, line) in measured.Zip(File.ReadLines(Shared.Path("reference", "tiny", family, "base.spectra.jsonl"))))
        {
            using var theirs = JsonDocument.Parse(line);
            var cosines = ours.Cosines.ShouldNotBeNull();
            cosines.BetweenLayers.Keys.ShouldBe(s_kinds, ignoreOrder: true);
            foreach (var (kind, matrix) in cosines.BetweenLayers)
            {
                var expected = theirs.RootElement.GetProperty("cosine_sim").GetProperty(kind);
                matrix.Layers.ShouldBe(expected.GetProperty("layer_indices").EnumerateArray().Select(layer => layer.GetInt32()));
                for (var i = 0; i < matrix.Layers.Length; i++)
                {
                    for (var j = 0; j < matrix.Layers.Length; j++)
                        matrix.Values[i][j].ShouldBe(expected.GetProperty("matrix")[i][j].GetDouble(), tolerance);
                }
            }

            foreach (var (layer, pairs) in cosines.WithinLayer)
                pairs["k_proj_x_v_proj"].ShouldBe(theirs.RootElement.GetProperty("cosine_sim_qkvo").GetProperty($"{layer}").GetProperty("k_proj_x_v_proj").GetDouble(), tolerance);
        }
    }

    [SharedFact]
    public void Shares_of_experts_are_refused()
    {
        var options = (Options(Precision.Float32) with { Limit = 1 }).Measuring(measurement => measurement with { Tokens = true, Weights = "all" });

        Should.Throw<InputException>(() => ReferenceRun.Measure(Shared.Path("models", "more", "mixtral"), Examples, options)).Message.ShouldContain("--tokens: not every token passes");
    }

    private static MeasureOptions Options(Precision precision) =>
        new() { Model = "model", Data = "examples.json", Out = "run.jsonl", Measurement = new() { Precision = precision }, Memory = 2L << 30 };
}
