using System.Text.Json.Nodes;
using LayerGrad.Checkpoints;
using LayerGrad.Models;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Adapters;

/// <summary>The weights of a model with an adapter, element by element, and adapters that do not fit.</summary>
public sealed class AdapterMergeTests
{
    private const string Query = "model.layers.1.self_attn.q_proj";
    private const string Embedding = "model.embed_tokens";

    private static string Llama => Shared.Path("models", "tiny", "llama3.1");

    /// <summary>Its head is its embedding.</summary>
    private static string Qwen => Shared.Path("models", "tiny", "qwen2");

    [SharedFact]
    public void A_weight_is_the_base_and_the_scaled_product_from_any_element_on()
    {
        using var maker = new AdapterMaker().WithModule(Query, 2, 64, 64);
        using var model = Open(Llama, maker.Write());
        using var plain = ModelLoader.Open(Llama);

        var (merged, from) = (Doubles(model, $"{Query}.weight"), Doubles(plain, $"{Query}.weight"));

        var (a, b) = (maker.Values[$"base_model.model.{Query}.lora_A.weight"], maker.Values[$"base_model.model.{Query}.lora_B.weight"]);
        for (var i = 0; i < merged.Length; i++)
            merged[i].ShouldBe(from[i] + 1.5 * (b[i / 64 * 2] * (double)a[i % 64] + b[i / 64 * 2 + 1] * (double)a[64 + i % 64]), 1e-15);
        var part = new double[100];
        model.Checkpoint.Read($"{Query}.weight", 37, part);
        part.ShouldBe(merged.AsSpan(37, 100).ToArray());
        var singles = new float[100];
        model.Checkpoint.Read($"{Query}.weight", 37, singles);
        for (var i = 0; i < part.Length; i++)
            ((double)singles[i]).ShouldBe(part[i], 1e-6);
        model.Checkpoint.Hash().ShouldBe(plain.Checkpoint.Hash());
    }

    [SharedFact]
    public void On_a_gguf_file_it_is_the_same_weight()
    {
        using var maker = new AdapterMaker().WithModule("model.layers.1.self_attn.q_proj", 2, 64, 128);
        var adapter = maker.Write();
        using var gguf = Open(Shared.Path("models", "gguf", "qwen3.F32.gguf"), adapter);
        using var folder = Open(Shared.Path("models", "tiny", "qwen3"), adapter);
        Doubles(gguf, $"{Query}.weight").ShouldBe(Doubles(folder, $"{Query}.weight"));
    }

    [SharedFact]
    public void Torch_files_and_bfloat16_are_read_too()
    {
        using var maker = new AdapterMaker().WithModule(Query, 2, 64, 64);
        using var torch = Open(Llama, maker.WriteTorch());
        var read = Doubles(torch, $"{Query}.weight");
        using var stored = Open(Llama, maker.Write());
        Doubles(stored, $"{Query}.weight").ShouldBe(read);
        using var half = Open(Llama, maker.Write(StoredPrecision.BFloat16));
        Doubles(half, $"{Query}.weight").Zip(read).Max(static pair => Math.Abs(pair.First - pair.Second)).ShouldBeInRange(1e-9, 1e-3);
    }

    [SharedFact]
    public void An_embedding_takes_columns_of_the_product_as_its_rows()
    {
        using var maker = new AdapterMaker().With($"{Embedding}.lora_embedding_A", 2, 1088).With($"{Embedding}.lora_embedding_B", 64, 2);
        maker.Config["target_modules"] = new JsonArray("embed_tokens");
        using var model = Open(Llama, maker.Write());
        using var plain = ModelLoader.Open(Llama);

        var (merged, from) = (Doubles(model, $"{Embedding}.weight"), Doubles(plain, $"{Embedding}.weight"));

        var (a, b) = (maker.Values[$"base_model.model.{Embedding}.lora_embedding_A"], maker.Values[$"base_model.model.{Embedding}.lora_embedding_B"]);
        for (var i = 0; i < merged.Length; i += 131)
            merged[i].ShouldBe(from[i] + 1.5 * (a[i / 64] * (double)b[i % 64 * 2] + a[1088 + i / 64] * (double)b[i % 64 * 2 + 1]), 1e-15);
        Should.Throw<InputException>(() => LayerGrad.Gradients.WeightSelector.Parse(model.Specification, "adapter", splitFused: false)).Message.ShouldContain("--adapter");
    }

    [SharedTheory]
    [InlineData("embed_tokens", "model.embed_tokens", "lm_head")]
    [InlineData("lm_head", "lm_head", "model.embed_tokens")]
    public void Replacing_one_of_two_tied_matrices_leaves_the_other(string saved, string replaced, string left)
    {
        using var maker = new AdapterMaker().With($"{replaced}.weight", 992, 72).WithModule(Query, 2, 72, 72);
        maker.Config["modules_to_save"] = new JsonArray(saved);
        using var model = Open(Qwen, maker.Write());
        using var plain = ModelLoader.Open(Qwen);

        model.Specification.IsTied.ShouldBeFalse();
        Doubles(model, $"{replaced}.weight").ShouldBe(maker.Values[$"base_model.model.{replaced}.weight"].Select(static value => (double)value));
        Doubles(model, $"{left}.weight").ShouldBe(Doubles(plain, "model.embed_tokens.weight"));
        model.Parameters<double>();
    }

    [SharedFact]
    public void An_embedding_beside_the_adapter_that_no_module_to_save_names_stays_tied()
    {
        using var maker = new AdapterMaker().With("model.embed_tokens.weight", 992, 72);
        using var model = Open(Qwen, maker.Write());
        model.Specification.IsTied.ShouldBeTrue();
        Doubles(model, "model.embed_tokens.weight").ShouldBe(maker.Values["base_model.model.model.embed_tokens.weight"].Select(static value => (double)value));
    }

    [SharedFact]
    public void Norms_and_biases_are_replaced_not_added()
    {
        using var maker = new AdapterMaker().WithModule(Query, 2, 72, 72).With($"{Query}.bias", 72).With("model.norm.weight", 72);
        maker.Config["bias"] = "lora_only";
        maker.Config["modules_to_save"] = new JsonArray("norm");
        using var model = Open(Qwen, maker.Write());
        foreach (var name in new[] { $"{Query}.bias", "model.norm.weight" })
            Doubles(model, name).ShouldBe(maker.Values["base_model.model." + name].Select(static value => (double)value));
    }

    [SharedTheory]
    [InlineData(Query, 3, 64, 64, "has the rank 3, but adapter_config.json says 2")]
    [InlineData(Query, 2, 32, 64, "do not fit 'model.layers.1.self_attn.q_proj.weight' [64, 64]")]
    [InlineData("model.layers.9.self_attn.q_proj", 2, 64, 64, "has no 'model.layers.9.self_attn.q_proj.weight'; the adapter is of another model")]
    public void Sizes_and_names_that_do_not_fit_are_told_in_one_line(string module, int rank, int inputs, int outputs, string said)
    {
        using var maker = new AdapterMaker().WithModule(module, rank, inputs, outputs);
        Refusal(Llama, maker).ShouldContain(said);
    }

    [SharedFact]
    public void Tensors_that_are_alone_unknown_or_against_the_configuration_are_refused()
    {
        foreach (var (name, shape, said) in ((string, long[], string)[])
            [($"{Query}.lora_A.weight", [2, 64], "without"), ($"{Query}.lora_B.weight", [64, 2], "without"), ($"{Query}.lora_A.default.weight", [2, 64], "is not supported"),
             ("model.embed_tokens.token_adapter.trainable_tokens_delta", [1, 64], "is not supported"), ("model.norm.weight", [32], "does not fit"), ("other.weight", [32], "has no 'other.weight'")])
        {
            using var maker = new AdapterMaker().With(name, shape);
            Refusal(Llama, maker).ShouldContain(said, customMessage: name);
        }

        using var dora = new AdapterMaker().WithModule(Query, 2, 64, 64);
        dora.Config["use_dora"] = true;
        Refusal(Llama, dora).ShouldContain("lacks");
        using var magnitude = new AdapterMaker().WithModule(Query, 2, 64, 64).With($"{Query}.lora_magnitude_vector", 64);
        Refusal(Llama, magnitude).ShouldContain("use_dora is not true");
        using var tied = new AdapterMaker().WithModule("lm_head", 2, 72, 992);
        Refusal(Qwen, tied).ShouldContain("merged and unmerged");
    }

    [SharedFact]
    public void Modules_that_the_configuration_does_not_name_are_used_and_told()
    {
        using var maker = new AdapterMaker().WithModule("model.layers.1.self_attn.k_proj", 2, 64, 16);
        using var model = Open(Llama, maker.Write());
        model.Notes.ShouldContain(note => note.Contains("such as model.layers.1.self_attn.k_proj", StringComparison.Ordinal));
    }

    private static LoadedModel Open(string model, string adapter) => ModelLoader.OpenAdapted(model, AdapterName.Of(adapter));

    private static double[] Doubles(LoadedModel model, string tensor)
    {
        var values = new double[model.Checkpoint.Tensors[tensor].Elements];
        model.Checkpoint.Read(tensor, 0, values);
        return values;
    }

    private static string Refusal(string model, AdapterMaker maker)
    {
        var folder = maker.Write();
        var message = Should.Throw<InputException>(() =>
        {
            using var opened = Open(model, folder);
            _ = opened.Specification;
        }).Message;
        message.ShouldNotContain('\n');
        message.ShouldStartWith(folder);
        return message;
    }
}
