using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Decoders.Naive;

/// <summary>Whole decoders of the families with other mixers against their formulas written out token by token, in every variant and on the reference checkpoints.</summary>
public sealed class NaiveDecoderTests
{
    private static readonly Dictionary<string, Func<JsonObject, DecoderSpecification, IParameterSource<double>, NaiveDecoder>> s_decoders = new()
    {
        ["deepseek_v2"] = (config, specification, source) => new NaiveLatent(config, specification, source),
        ["deepseek_v3"] = (config, specification, source) => new NaiveLatent(config, specification, source),
        ["mistral4"] = (config, specification, source) => new NaiveLatent(config, specification, source),
        ["gpt_oss"] = (config, specification, source) => new NaiveGptOss(config, specification, source),
        ["gemma4_text"] = (config, specification, source) => new NaiveGemma4(config, specification, source),
        ["qwen3_next"] = (config, specification, source) => new NaiveDeltaNet(config, specification, source),
        ["qwen3_5_text"] = (config, specification, source) => new NaiveDeltaNet(config, specification, source),
        ["qwen3_5_moe_text"] = (config, specification, source) => new NaiveDeltaNet(config, specification, source),
    };

    /// <summary>Kinds of rotary embedding that the naive decoders do not write out; those of all families are held against the reference's configurations.</summary>
    private static readonly string[] s_otherRotary = ["llama3", "dynamic", "longrope"];

    public static TheoryData<string> Families => [.. s_decoders.Keys];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_decoder_is_its_formula_in_every_variant(string family)
    {
        var batch = new PackedBatch([([3, 14, 1, 5, 9, 2, 6, 5, 3], 4), ([7, 7, 2], 1), ([8, 2, 21, 18, 2, 8], 3)]);
        foreach (var variant in FamilyVariants.Of(family).Where(variant => !Array.Exists(s_otherRotary, kind => variant.Contains(kind, StringComparison.Ordinal))))
        {
            var specification = FamilyVariants.Describe(family, variant);
            Check(family, FamilyVariants.Config(family, variant), specification, new RandomParameters(specification), batch, variant);
        }
    }

    [SharedTheory]
    [InlineData("deepseek_v2")]
    [InlineData("deepseek_v3")]
    [InlineData("mistral4")]
    [InlineData("gpt_oss")]
    [InlineData("gpt_oss_mxfp4")]
    [InlineData("deepseek_v3_fp8")]
    [InlineData("gemma4")]
    [InlineData("qwen3_next")]
    [InlineData("qwen3_next_hub")]
    [InlineData("qwen3_5")]
    [InlineData("qwen3_5_moe")]
    public void A_reference_checkpoint_is_the_formula(string name)
    {
        using var checkpoint = Checkpoint.Open(Shared.Path("models", "today", name));
        var config = JsonNode.Parse(checkpoint.Config.GetRawText())!.AsObject();
        var specification = CheckpointBinding.Of(checkpoint).Specification;
        var random = new Random(11);
        int[] ids = [.. Enumerable.Range(0, 48).Select(_ => random.Next(specification.VocabularySize))];
        Check(
            config["model_type"]!.GetValue<string>(), config, specification, new CheckpointParameters<double>(checkpoint, specification), new PackedBatch([(ids, 20), (ids[5..12], 3)]), name);
    }

    private static void Check(string family, JsonObject config, DecoderSpecification specification, IParameterSource<double> source, PackedBatch batch, string what)
    {
        using var device = new CpuDevice<double>(1);
        using var decoder = new Decoder<double>(
            device, specification, new WeightStore<double>(device, specification, source, specification.Layers.Count, residentHead: true), 0);
        var expected = s_decoders[family](config, specification, source).Losses(batch);
        foreach (var (loss, exact) in decoder.Losses(batch).Zip(expected))
            Math.Abs(loss / exact - 1).ShouldBeLessThan(1e-11, $"{family} {what}");
    }
}
