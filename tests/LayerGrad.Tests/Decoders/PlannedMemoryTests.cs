using LayerGrad.Checkpoints.Adapters;
using LayerGrad.Compute.Cpu;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;
using LayerGrad.Gradients.Adapters;
using LayerGrad.Measuring.Engines;
using LayerGrad.Training.Lora;

namespace LayerGrad.Tests.Decoders;

/// <summary>What a run takes of the device's memory at most, against what was planned before anything was allocated.</summary>
public sealed class PlannedMemoryTests
{
    private const int Examples = 2;
    private const int Length = 96;
    private const int Threads = 1; // With more, not every thread need meet the largest gradient.

    private const string Sizes = """
        {"hidden_size": 512, "intermediate_size": 768, "num_hidden_layers": 2, "num_attention_heads": 8, "num_key_value_heads": 4, "vocab_size": 2500,
         "max_position_embeddings": 256, "head_dim": 64}
        """;

    private static readonly Dictionary<string, string> s_families = new()
    {
        ["llama"] = """{"attention_bias": true}""",
        ["qwen3"] = "{}",
        ["gemma2"] = """{"query_pre_attn_scalar": 64, "sliding_window": 32}""",
        ["phi3"] = "{}",
        ["olmo2"] = "{}",
        ["gpt_neox"] = "{}",
        ["cohere"] = """{"use_qk_norm": true}""",
        ["deepseek_v3"] = """
            {"n_routed_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 384, "n_group": 1, "topk_group": 1, "first_k_dense_replace": 1, "q_lora_rank": 192, "kv_lora_rank": 128,
             "qk_nope_head_dim": 48, "qk_rope_head_dim": 32, "v_head_dim": 64}
            """,
        ["gemma4_text"] = """{"global_head_dim": 96, "hidden_size_per_layer_input": 64, "vocab_size_per_layer_input": 2500, "sliding_window": 32}""",
        ["qwen3_5_text"] = """
            {"linear_num_key_heads": 4, "linear_num_value_heads": 8, "linear_key_head_dim": 32, "linear_value_head_dim": 64, "full_attention_interval": 2}
            """,
        ["gpt_oss"] = """{"num_local_experts": 4, "num_experts_per_tok": 2, "sliding_window": 32}""",
        ["mixtral"] = """{"num_local_experts": 4, "num_experts_per_tok": 2}""",
    };

    /// <summary>How the model is held: everything kept, activations computed again, weights read layer by layer.</summary>
    public enum Way
    {
        /// <summary>Everything is kept.</summary>
        Kept,

        /// <summary>Activations are computed again.</summary>
        Recomputed,

        /// <summary>Weights are read as they are visited.</summary>
        Streamed,
    }

    /// <summary>Family, weights, whether the head is tied, and the way of holding the model.</summary>
    public static TheoryData<string, string, bool, Way> Runs
    {
        get
        {
            var all =
                from family in s_families.Keys
                from weights in new[] { "attention", "mlp", "all", "head" }
                from tied in new[] { false, true }
                from way in Enum.GetValues<Way>()
                select (family, weights, tied, way);
            var data = new TheoryData<string, string, bool, Way>();
            foreach (var (family, weights, tied, way) in Support.Extent.OneInFive(all))
                data.Add(family, weights, tied, way);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Runs))]
    public void A_run_takes_what_its_plan_says(string family, string weights, bool tied, Way way)
    {
        var specification = Describe(family, tied);
        var selected = WeightSelector.Parse(specification, weights == "head" ? specification.Head.Linear.Weight.Name : weights, splitFused: false);
        var plan = Plan(specification, StatisticsSink<float>.Planned(selected), way);

        using var device = new CpuDevice<float>(Threads);
        Run(device, specification, plan, new StatisticsSink<float>(device, selected));

        Compare(device, plan, $"{family}, {weights}, {way}");
    }

    [Theory]
    [InlineData("llama", false)]
    [InlineData("gpt_neox", true)]
    public void So_does_one_with_token_shares_cosines_and_parts_of_fused_weights(string family, bool splitFused)
    {
        var specification = Describe(family, tied: false);
        var selected = WeightSelector.Parse(specification, "attention", splitFused);
        var whole = WeightSelector.Parse(specification, "attention", splitFused: false);
        var groups = new LayerCosineGroups(whole);
        var plan = Plan(
            specification,
            PlannedSink.Group([StatisticsSink<float>.Planned(selected), TokenShareSink<float>.Planned(whole), CosineSink<float>.Planned(specification, whole, groups.Kinds)]), Way.Kept);

        using var device = new CpuDevice<float>(Threads);
        using var shares = new TokenShareSink<float>(device, whole);
        using var cosines = new CosineSink<float>(device, whole);
        var sinks = new SinkGroup<float>([new StatisticsSink<float>(device, selected), shares, cosines]);
        Run(device, specification, plan, sinks, () => groups.Of(cosines, 0));

        Compare(device, plan, family);
    }

    [Theory]
    [InlineData("llama", Way.Kept, false)]
    [InlineData("phi3", Way.Streamed, false)]
    [InlineData("llama", Way.Recomputed, true)]
    public void So_does_one_with_the_gradients_of_an_adapter(string family, Way way, bool dora)
    {
        var plain = Describe(family, tied: false);
        var modules = LoraModules.Create(plain, new LoraOptions(32, 32, ["all-linear"]), seed: 1).ToDictionary(module => module.Tensor);
        if (dora)
            modules = modules.ToDictionary(entry => entry.Key, entry => entry.Value with { Magnitude = new HeldElements(new double[entry.Value.Outputs]) });
        var specification = plain with { Adapters = AdaptedLinear.Of(plain, modules, module => module.Magnitude is null ? null : [.. Enumerable.Repeat(1.0, module.Outputs)]) };
        var selected = WeightSelector.Parse(specification, "adapter", splitFused: false);
        var plan = Plan(specification, AdapterSink<float>.Planned(StatisticsSink<float>.Planned(selected), specification), way);

        using var device = new CpuDevice<float>(Threads);
        var statistics = new StatisticsSink<float>(device, selected);
        using var factors = AdapterSink<float>.FactorsFor(device, specification, statistics);
        Run(device, specification, plan, AdapterSink<float>.Over(device, factors, statistics));

        Compare(device, plan, $"{family}, {way}, {dora}");
    }

    private static MemoryPlan Plan(DecoderSpecification specification, PlannedSink sink, Way way)
    {
        var sizes = new MemorySizes<float>(specification, Length, new CpuSizes(sizeof(float), Threads), sink);
        var layers = specification.Layers.Count;
        var budget = way switch
        {
            Way.Kept => sizes.Plan(Examples * Length, layers, residentHead: true, layers),
            Way.Recomputed => sizes.Plan(Examples * Length, layers, residentHead: true, 0),
            _ => sizes.Plan(Examples * Length, 0, residentHead: false, 0),
        };
        var plan = MemoryPlan.Create(sizes, budget.Bytes, tokenBudget: Examples * Length);
        plan.Bytes.ShouldBeLessThanOrEqualTo(budget.Bytes);
        plan.ResidentLayers.ShouldBe(way == Way.Streamed ? 0 : layers);
        return plan;
    }

    /// <summary>A small batch first, as in a run, and then the largest.</summary>
    private static void Run(CpuDevice<float> device, DecoderSpecification specification, MemoryPlan plan, IGradientSink<float> sink, Action? after = null)
    {
        var store = new WeightStore<float>(device, specification, new SeededParameters<float>(), plan);
        using var decoder = new Decoder<float>(device, specification, store, plan.KeptLayers);
        var random = new Random(5);
        foreach (var (examples, length) in new[] { (1, 20), (Examples, Length) })
        {
            decoder.Backward(
                new PackedBatch([.. Enumerable.Range(0, examples).Select(_ => (Enumerable.Range(0, length).Select(_ => random.Next(specification.VocabularySize)).ToArray(), 1))]), sink);
            after?.Invoke();
        }
    }

    private static void Compare(CpuDevice<float> device, MemoryPlan plan, string what)
    {
        var planned = plan.Parts.Where(part => part.Name != MemorySizes<float>.Program).Sum(part => part.Bytes);
        ((double)device.Peak / planned).ShouldBeInRange(0.95, 1.02, what);
    }

    private static DecoderSpecification Describe(string family, bool tied) => FamilyVariants.Describe(
        family, FamilyVariants.Merge(FamilyVariants.Merge(Sizes, s_families[family]), $$"""{"tie_word_embeddings": {{(tied ? "true" : "false")}}}"""));
}
