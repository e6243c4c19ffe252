using System.Text.Json;
using LayerGrad.Compute;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Gradients;
using LayerGrad.Measuring;
using LayerGrad.Runs.Measurements;
using LayerGrad.Tests.Decoders;
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

    [Theory]
    [InlineData("llama", "{}")]
    [InlineData("olmoe", """{"num_experts": 16, "num_experts_per_tok": 2}""")]
    public void Both_ways_give_the_same_inner_products(string family, string variant)
    {
        var specification = FamilyVariants.Describe(family, variant);
        var weights = WeightSelector.Parse(specification, "all", splitFused: false);
        using var device = new CpuDevice<double>(2, new MemoryCounter());
        using var decoder = new Decoder<double>(
            device, specification, new WeightStore<double>(device, specification, new RandomParameters(specification), int.MaxValue, residentHead: true), specification.Layers.Count);
        using var sink = new CosineSink<double>(device, weights);

        decoder.Backward(new([([3, 14, 1, 5, 9, 2, 6, 5, 3], 4), ([7, 7, 2], 1)]), sink);

        var unreached = 0;
        foreach (var chosen in weights.GroupBy(weight => (weight.Outputs, weight.Inputs)).Select(group => group.ToList()))
        {
            for (var example = 0; example < 2; example++)
            {
                var (factors, bands) = (sink.FromFactors(example, chosen), sink.FromBands(example, chosen));
                for (var i = 0; i < chosen.Count; i++)
                {
                    unreached += factors[i, i] == 0 ? 1 : 0;
                    for (var j = 0; j < chosen.Count; j++)
                        Math.Abs(bands[i, j] - factors[i, j]).ShouldBeLessThanOrEqualTo(1e-12 * Math.Sqrt(factors[i, i] * factors[j, j]), $"{chosen[i].Name}, {chosen[j].Name}");
                }
            }
        }

        (unreached > 0).ShouldBe(family == "olmoe");
    }

    [SharedFact]
    public void Shares_of_experts_are_refused()
    {
        var options = (Options(Precision.Float32) with { Limit = 1 }).Measuring(measurement => measurement with { Tokens = true, Weights = "all" });

        Should.Throw<InputException>(() => ReferenceRun.Measure(Shared.Path("models", "more", "mixtral"), Examples, options)).Message.ShouldContain("--tokens: not every token passes");
    }

    private static MeasureRunOptions Options(Precision precision) =>
        new() { Model = "model", Data = "examples.json", Out = "run.jsonl", Measurement = new() { Precision = precision }, Memory = 2L << 30 };
}
