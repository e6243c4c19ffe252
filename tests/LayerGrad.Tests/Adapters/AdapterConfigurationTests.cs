using System.Text;
using System.Text.Json.Nodes;
using LayerGrad.Checkpoints.Adapters;

namespace LayerGrad.Tests.Adapters;

/// <summary>Which modules an adapter's configuration names, ranks and scales, as PEFT's own rules have them.</summary>
public sealed class AdapterConfigurationTests
{
    private const string Query = "model.layers.12.self_attn.q_proj";

    [Theory]
    [InlineData("""{"target_modules": ["q_proj", "v_proj"]}""", Query, true)]
    [InlineData("""{"target_modules": ["proj"]}""", Query, false)] // a whole part of the name, not its last letters
    [InlineData("""{"target_modules": ["self_attn.q_proj"]}""", Query, true)]
    [InlineData("""{"target_modules": ["model.layers.12.self_attn.q_proj"], "layers_to_transform": [3]}""", Query, true)] // a whole name is not asked for its layer
    [InlineData("""{"target_modules": "q_proj"}""", Query, false)] // a text is an expression for the whole name
    [InlineData("""{"target_modules": ".*\\.(q|v)_proj"}""", Query, true)]
    [InlineData("""{"target_modules": "model\\.layers\\.1.*q_pro"}""", Query, false)]
    [InlineData("""{"target_modules": "(?P<all>.*)q_proj"}""", Query, true)]
    [InlineData("""{"target_modules": "all-linear"}""", Query, true)]
    [InlineData("""{"target_modules": "all-linear"}""", "lm_head", false)]
    [InlineData("""{"target_modules": ["q_proj"], "layers_to_transform": [0, 12]}""", Query, true)]
    [InlineData("""{"target_modules": ["q_proj"], "layers_to_transform": 12}""", Query, true)]
    [InlineData("""{"target_modules": ["q_proj"], "layers_to_transform": [1, 2]}""", Query, false)]
    [InlineData("""{"target_modules": ["q_proj"], "layers_to_transform": []}""", Query, true)]
    [InlineData("""{"target_modules": ["q_proj"], "layers_to_transform": [12], "layers_pattern": "layers"}""", Query, true)]
    [InlineData("""{"target_modules": ["q_proj"], "layers_to_transform": [12], "layers_pattern": ["h", "blocks"]}""", Query, false)]
    [InlineData("""{"target_modules": ["lm_head"], "layers_to_transform": [12]}""", "model.lm_head", false)]
    [InlineData("""{"target_modules": ["q_proj"], "exclude_modules": ["self_attn.q_proj"]}""", Query, false)]
    [InlineData("""{"target_modules": ["q_proj"], "exclude_modules": ".*layers\\.1[0-9].*"}""", Query, false)]
    [InlineData("""{"target_modules": ["q_proj"], "exclude_modules": "q_proj"}""", Query, true)]
    [InlineData("""{"target_modules": ["q_proj"], "modules_to_save": ["self_attn"]}""", Query, false)] // what is stored whole is not adapted as well
    public void Targets_are_matched_as_peft_does(string fields, string module, bool named) => Parse(fields).Targets.Names(module).ShouldBe(named);

    [Theory]
    [InlineData("{}", Query, 8, 2.0)]
    [InlineData("""{"use_rslora": true}""", Query, 8, 5.656854249492381)]
    [InlineData("""{"rank_pattern": {"q_proj": 4}}""", Query, 4, 4.0)]
    [InlineData("""{"rank_pattern": {"_proj": 4}}""", Query, 8, 2.0)]
    [InlineData("""{"rank_pattern": {"layers\\.1\\d\\.self_attn\\.q_proj": 4, "q_proj": 2}}""", Query, 4, 4.0)] // the first, in the order of the file
    [InlineData("""{"rank_pattern": {"q_proj": 2, "layers\\.1\\d\\.self_attn\\.q_proj": 4}}""", Query, 2, 8.0)]
    [InlineData("""{"rank_pattern": {"^layers\\.12\\.self_attn\\.q_proj": 4}}""", Query, 8, 2.0)]
    [InlineData("""{"rank_pattern": {"^model\\.layers\\.12\\.self_attn\\.q_proj": 4}}""", Query, 4, 4.0)]
    [InlineData("""{"rank_pattern": {"q_proj": 16}, "alpha_pattern": {"v_proj|q_proj": 4}, "use_rslora": true}""", Query, 16, 1.0)] // the root of the module's own rank
    public void Ranks_and_alphas_follow_the_first_pattern_at_the_end_of_the_name(string fields, string module, int rank, double scale)
    {
        var configuration = Parse(fields);
        configuration.RankOf(module).ShouldBe(rank);
        configuration.ScaleOf(module).ShouldBe(scale, 1e-15);
    }

    [Theory]
    [InlineData("peft_type", "\"LOHA\"", "of the kind LOHA")]
    [InlineData("use_qalora", "true", "asks for use_qalora")]
    [InlineData("target_parameters", """["mlp.experts.gate_up_proj"]""", "asks for target_parameters")]
    [InlineData("trainable_token_indices", "[5]", "asks for trainable_token_indices")]
    [InlineData("alora_invocation_tokens", "[1, 2]", "asks for alora_invocation_tokens")]
    [InlineData("layer_replication", "[[0, 2], [1, 3]]", "asks for layer_replication")]
    [InlineData("lora_bias", "true", "asks for lora_bias")]
    [InlineData("megatron_config", """{"a": 1}""", "asks for megatron_config")]
    [InlineData("kasa_config", """{"a": 1}""", "asks for kasa_config")]
    [InlineData("something_new", "3", "asks for something_new")]
    [InlineData("init_lora_weights", "\"pissa\"", "init_lora_weights is 'pissa'")]
    [InlineData("init_lora_weights", "\"olora\"", "init_lora_weights is 'olora'")]
    [InlineData("bias", "\"some\"", "bias is 'some'")]
    [InlineData("r", "0", "r must be")]
    public void What_is_not_computed_is_refused_by_its_name(string field, string value, string said) =>
        Should.Throw<InputException>(() => Parse($$"""{"{{field}}": {{value}}}""")).Message.ShouldContain(said);

    [Theory]
    [InlineData("init_lora_weights", "\"eva\"")]
    [InlineData("init_lora_weights", "\"gaussian\"")]
    [InlineData("init_lora_weights", "\"corda\"")]
    [InlineData("loftq_config", """{"loftq_bits": 4}""")]
    [InlineData("corda_config", """{"a": 1}""")]
    [InlineData("use_bdlora", "null")]
    [InlineData("something_new", "false")]
    public void What_tells_of_the_training_alone_changes_nothing(string field, string value) => Parse($$"""{"{{field}}": {{value}}}""").RankOf(Query).ShouldBe(8);

    [Fact]
    public void A_pattern_that_is_none_is_told_with_its_place() =>
        Should.Throw<InputException>(() => Parse("""{"target_modules": "(q_proj"}""").Targets.Names(Query)).Message.ShouldContain("adapter_config.json: target_modules: '(");

    private static AdapterConfiguration Parse(string fields)
    {
        var config = new JsonObject { ["peft_type"] = "LORA", ["r"] = 8, ["lora_alpha"] = 16 };
        foreach (var (key, value) in JsonNode.Parse(fields)!.AsObject())
            config[key] = value?.DeepClone();
        return AdapterConfiguration.Parse(Encoding.UTF8.GetBytes(config.ToJsonString()), "adapter_config.json");
    }
}
