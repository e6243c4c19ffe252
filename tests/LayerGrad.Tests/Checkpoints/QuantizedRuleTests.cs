using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Checkpoints;

/// <summary>Settings that are for some modules of a quantised checkpoint, and modules that are no layer's.</summary>
public sealed class QuantizedRuleTests : IDisposable
{
    private const string Gptq = "gptq-g32-act-order";
    private const string Compressed = "ct-int4-asym";
    private const string Module = "model.layers.0.mlp.down_proj.";
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>The settings for all are wrong ones, and rules put them right: what is read is what the checkpoint holds.</summary>
    [SharedTheory]
    [InlineData("""{"+:.*": {"bits": 4, "group_size": 32}}""")]
    [InlineData(""".*""", true)]
    [InlineData("""{"-:lm_head": {}, "+:.*mlp.*": {"bits": 4, "group_size": 32}, "+:.*(q|k|v|o)_proj": {"bits": 4, "group_size": 32}}""")]
    [InlineData("""{"model\\.layers\\.\\d+\\..*": {"bits": 4, "group_size": 32}}""")]
    public void A_rule_of_gptq_counts_for_the_modules_that_its_pattern_names(string rules, bool isPattern = false) =>
        SameAs(Gptq, settings =>
        {
            (settings["bits"], settings["group_size"]) = (8, 64);
            settings["dynamic"] = isPattern ? new JsonObject { [rules] = new JsonObject { ["bits"] = 4, ["group_size"] = 32 } } : JsonNode.Parse(rules);
        });

    [SharedFact]
    public void A_module_that_no_rule_of_gptq_names_has_the_settings_of_all()
    {
        Copy(Gptq, settings =>
        {
            (settings["bits"], settings["group_size"]) = (8, 64);
            settings["dynamic"] = new JsonObject { ["+:.*mlp.*"] = new JsonObject { ["bits"] = 4, ["group_size"] = 32 } };
        });
        Should.Throw<InputException>(() => Checkpoint.Open(_folder.Path).Dispose()).Message.ShouldContain("self_attn");
    }

    [SharedTheory]
    [InlineData("re:.*mlp.*", "re:.*self_attn.*")]
    [InlineData("re:.*down_proj", "Linear")]
    [InlineData("re:model\\.layers\\.0\\..*", "re:model\\.layers\\.[1-9].*")]
    public void Groups_of_compressed_tensors_name_their_modules(string first, string second) => SameAs(Compressed, settings =>
    {
        var group = settings["config_groups"]!["group_0"]!;
        var other = group.DeepClone();
        group["targets"] = new JsonArray(first);
        other["targets"] = new JsonArray(second);
        settings["config_groups"]!["group_1"] = other;
    });

    [SharedTheory]
    [InlineData(Gptq)]
    [InlineData("awq-gemm-g128")]
    [InlineData("bnb-nf4-double")]
    [InlineData("bnb-int8")]
    [InlineData(Compressed)]
    [InlineData("ct-nvfp4")]
    [InlineData("fp8-channel")]
    [InlineData("modelopt-nvfp4")]
    public void The_head_and_the_embedding_may_be_quantised_too(string format)
    {
        var folder = Shared.Path("models", "quantised", format);
        using var original = Checkpoint.Open(folder);
        var expected = new double[original.Tensors[Module + "weight"].Elements];
        original.Read(Module + "weight", 0, expected);
        foreach (var home in (string[])["lm_head.", "model.embed_tokens."])
        {
            Copy(format, settings =>
            {
                settings.Remove("ignore");
                settings.Remove("modules_to_not_convert");
                settings.Remove("llm_int8_skip_modules");
                settings.Remove("exclude_modules");
                settings["lm_head"] = true;
                if (settings["config_groups"]?["group_0"] is { } group)
                    group["targets"] = new JsonArray("Linear", "Embedding", "lm_head");
            }, tensor => tensor.Name.StartsWith(Module, StringComparison.Ordinal) ? tensor with { Name = home + tensor.Name[Module.Length..] } : null);
            using var checkpoint = Checkpoint.Open(_folder.Path);
            checkpoint.Tensors[home + "weight"].IsQuantized.ShouldBeTrue();
            var read = new double[expected.Length];
            checkpoint.Read(home + "weight", 0, read);
            read.ShouldBe(expected, home);
        }
    }

    private void SameAs(string format, Action<JsonObject> change)
    {
        Copy(format, change);
        using var original = Checkpoint.Open(Shared.Path("models", "quantised", format));
        using var changed = Checkpoint.Open(_folder.Path);
        changed.Tensors.Keys.ShouldBe(original.Tensors.Keys, ignoreOrder: true);
        var quantized = original.Tensors.Values.Where(static tensor => tensor.IsQuantized).ToList();
        quantized.Count.ShouldBeGreaterThan(3);
        foreach (var tensor in quantized)
        {
            var (expected, read) = (new double[tensor.Elements], new double[tensor.Elements]);
            original.Read(tensor.Name, 0, expected);
            changed.Read(tensor.Name, 0, read);
            read.ShouldBe(expected, tensor.Name);
        }
    }

    /// <summary>A copy of a checkpoint with other settings, and its tensors by other names; those that <paramref name="rename"/> gives none are left out.</summary>
    private void Copy(string format, Action<JsonObject> change, Func<RawTensor, RawTensor?>? rename = null)
    {
        var folder = Shared.Path("models", "quantised", format);
        var tensors = RawTensor.ReadAll(folder).Select(tensor => rename is null ? tensor : rename(tensor)).OfType<RawTensor>();
        SafetensorsBuilder.WriteRaw(_folder.Path, folder, [.. tensors.Select(static tensor => (tensor.Name, tensor.Shape, tensor.DType, tensor.Data))]);
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject();
        change(config["quantization_config"]!.AsObject());
        _folder.Write("config.json", config.ToJsonString());
    }
}
