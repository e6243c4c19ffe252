using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;

namespace LayerGrad.Tests.Decoders;

public sealed class BadInputTests
{
    [Theory]
    [InlineData("mixtral", """{"num_local_experts": 2, "num_experts_per_tok": 3}""", "num_experts_per_tok 3 asks for more experts than num_local_experts 2")]
    [InlineData("olmoe", """{"num_experts": 2, "num_experts_per_tok": 5}""", "num_experts_per_tok 5")]
    [InlineData("qwen3_moe", """{"num_experts": 0, "num_experts_per_tok": 1}""", "num_experts")]
    [InlineData("llama", """{"num_key_value_heads": 3}""", "num_key_value_heads 3")]
    [InlineData("glm", """{"head_dim": 4, "partial_rotary_factor": 0.75}""", "not an even number")]
    [InlineData("llama", """{"rope_scaling": {"rope_type": "ntk", "factor": 2}}""", "rope_scaling.rope_type")]
    [InlineData("gemma3_text", """{"use_bidirectional_attention": true}""", "use_bidirectional_attention")]
    [InlineData("phi", """{"hidden_act": "snake"}""", "hidden_act")]
    [InlineData("qwen9", "{}", "qwen9")]
    public void A_configuration_that_cannot_be_is_refused_with_its_field(string family, string variant, string expected)
    {
        var message = Should.Throw<InputException>(() => FamilyVariants.Describe(family, variant)).Message;
        message.ShouldContain(expected);
        message.ShouldNotContain("\n");
    }

    [Fact]
    public void A_missing_tensor_of_an_expert_is_named()
    {
        var specification = FamilyVariants.Describe("mixtral", """{"num_local_experts": 4, "num_experts_per_tok": 2}""");
        const string Name = "model.layers.1.block_sparse_moe.experts.3.w2.weight";
        using var checkpoint = new Headers(specification, (name, shape) => name == Name ? null : shape);

        Should.Throw<InputException>(() => new CheckpointParameters<float>(checkpoint, specification)).Message.ShouldContain($"'{Name}' is missing");
    }

    [Theory]
    [InlineData("gpt_neox", """{"rotary_pct": 0.5}""", "gpt_neox.layers.0.attention.query_key_value.weight")]
    [InlineData("phi3", "{}", "model.layers.0.self_attn.qkv_proj.weight")]
    [InlineData("glm", "{}", "model.layers.1.mlp.gate_up_proj.weight")]
    public void A_fused_weight_that_does_not_fit_the_heads_is_named_with_both_shapes(string family, string variant, string name)
    {
        var specification = FamilyVariants.Describe(family, variant);
        using var checkpoint = new Headers(specification, (tensor, shape) => tensor == name ? [shape[0] - 4, shape[1]] : shape);

        var message = Should.Throw<InputException>(() => new CheckpointParameters<float>(checkpoint, specification)).Message;

        var rows = specification.Parameters.First(parameter => parameter.Name == name).Rows;
        message.ShouldContain(name);
        message.ShouldContain($"[{rows - 4}, 16]");
        message.ShouldContain($"[{rows}, 16]");
    }

    [Fact]
    public void Weights_that_match_nothing_are_answered_with_the_nearest_names()
    {
        var specification = FamilyVariants.Describe("llama", "{}");
        var message = Should.Throw<InputException>(() => WeightSelector.Parse(specification, "model.layers.0.self_attn.q_prj.weight", splitFused: false)).Message;
        message.ShouldContain("q_prj");
        message.ShouldContain("model.layers.0.self_attn.q_proj.weight");
        Should.Throw<InputException>(() => WeightSelector.Parse(specification, " , ", splitFused: false)).Message.ShouldContain("names no weight");
    }

    [Fact]
    public void Fused_weights_are_split_into_parts_that_cover_them()
    {
        foreach (var (family, variant) in (ReadOnlySpan<(string, string)>)[("phi3", "{}"), ("glm", "{}"), ("gpt_neox", """{"rotary_pct": 0.5}""")])
        {
            var specification = FamilyVariants.Describe(family, variant);
            var selected = WeightSelector.Parse(specification, "all", splitFused: true);
            foreach (var fused in selected.Where(weight => weight.Part is null && weight.Linear.Parts.Count > 0))
            {
                var parts = selected.Where(weight => weight.Part is not null && weight.Linear == fused.Linear).ToList();
                parts.Sum(part => part.Outputs).ShouldBe(fused.Outputs, $"{family} {fused.Name}");
            }

            selected.Select(weight => weight.Name).ShouldBeUnique();
            selected.ShouldContain(weight => weight.Part != null);
        }
    }

    /// <summary>A checkpoint that has the right tensors but for what a test changes, and no values.</summary>
    private sealed class Headers : Checkpoint
    {
        public Headers(DecoderSpecification specification, Func<string, long[], long[]?> change)
        {
            var tensors = new Dictionary<string, TensorInfo>();
            foreach (var parameter in specification.Parameters)
            {
                long rows = parameter.Rows / parameter.Tensors.Count;
                foreach (var name in parameter.Tensors)
                {
                    if (change(name, parameter.IsVector ? [rows * parameter.Columns] : [rows, parameter.Columns]) is { } shape)
                        tensors[name] = new TensorInfo(name, "F32", shape, 4 * shape.Aggregate(1L, (product, size) => product * size));
                }
            }

            Tensors = tensors;
        }

        public override string Location => "model";

        public override JsonElement Config => default;

        public override IReadOnlyDictionary<string, TensorInfo> Tensors { get; }

        public override void Read(string name, long start, Span<float> destination) => throw new InvalidOperationException("there are no values");

        public override void Read(string name, long start, Span<double> destination) => throw new InvalidOperationException("there are no values");

        public override string Hash() => "none";

        protected override void Dispose(bool disposing)
        {
        }
    }
}
