using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Tests.Support;

namespace LayerGrad.Tests.Checkpoints;

public sealed class GgufTests
{
    // What says nothing about the numbers: training, generation, bookkeeping.
    private static readonly HashSet<string> s_immaterial =
    [
        "architectures", "attention_dropout", "bos_token_id", "cache_implementation", "classifier_dropout", "embd_pdrop", "embedding_dropout",
        "hidden_dropout", "initializer_range", "max_window_layers", "output_router_logits", "pad_token_id", "pretraining_tp", "resid_pdrop",
        "residual_dropout", "router_aux_loss_coef", "torch_dtype", "transformers_version", "use_cache",
    ];

    public static TheoryData<string> Files() => Shared.Exists
        ? [.. Directory.GetFiles(Shared.Path("models", "gguf")).Select(static file => Path.GetFileName(file).Replace(".F32.gguf", "", StringComparison.Ordinal))]
        : ["none"];

    [SharedTheory]
    [MemberData(nameof(Files))]
    public void Every_tensor_equals_the_folder_s(string family)
    {
        using var gguf = Checkpoint.Open(Shared.Path("models", "gguf", family + ".F32.gguf"));
        using var folder = Checkpoint.Open(Folder(family));
        gguf.Tensors.Keys.ShouldBe(folder.Tensors.Keys, ignoreOrder: true);
        foreach (var (name, info) in folder.Tensors)
        {
            gguf.Tensors[name].Shape.ShouldBe(info.Shape, name);
            var expected = new float[info.Elements];
            var actual = new float[info.Elements];
            folder.Read(name, 0, expected);
            gguf.Read(name, 0, actual);
            actual.AsSpan().SequenceEqual(expected).ShouldBeTrue(name);
            // A range that starts and ends within rows.
            var (start, length) = ((int)info.Elements / 3, (int)info.Elements / 2);
            var part = new double[length];
            gguf.Read(name, start, part);
            part.ShouldBe(expected.Skip(start).Take(length).Select(static value => (double)value), name);
        }
    }

    [SharedTheory]
    [MemberData(nameof(Files))]
    public void The_configuration_agrees_with_the_folder_s(string family)
    {
        using var gguf = Checkpoint.Open(Shared.Path("models", "gguf", family + ".F32.gguf"));
        using var folder = Checkpoint.Open(Folder(family));
        var compared = 0;
        foreach (var field in folder.Config.EnumerateObject())
        {
            // The converter took 8192 for llama3.1's original context, whatever rope_scaling said.
            if (s_immaterial.Contains(field.Name) || (family == "llama3.1" && field.Name == "rope_scaling"))
                continue;
            if (field.Name == "sliding_window" && folder.Config.TryGetProperty("use_sliding_window", out var used) && !used.GetBoolean())
                continue;
            if (gguf.Config.TryGetProperty(field.Name, out var value))
                Same(value, field.Value).ShouldBeTrue($"{field.Name}: {value} for {field.Value}");
            else
                field.Value.ValueKind.ShouldBe(JsonValueKind.Null, field.Name);
            compared++;
        }
        compared.ShouldBeGreaterThan(10);
        var tied = !folder.Tensors.ContainsKey("lm_head.weight") && !folder.Tensors.ContainsKey("embed_out.weight");
        gguf.Config.GetProperty("tie_word_embeddings").GetBoolean().ShouldBe(tied);
    }

    [SharedFact]
    public void Llama_3_s_rope_scaling_is_recovered_from_its_factors()
    {
        using var gguf = Checkpoint.Open(Shared.Path("models", "gguf", "llama3.1.F32.gguf"));
        gguf.Config.GetProperty("rope_scaling").ToString().ShouldBe(
            """{"rope_type":"llama3","factor":8,"low_freq_factor":1,"high_freq_factor":4,"original_max_position_embeddings":8192}""");
    }

    [SharedFact]
    public void SmolLM2_opens()
    {
        using var gguf = Checkpoint.Open(Shared.Path("models", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        gguf.Config.GetProperty("model_type").GetString().ShouldBe("llama");
        gguf.Config.GetProperty("tie_word_embeddings").GetBoolean().ShouldBeTrue();
        gguf.Config.GetProperty("rms_norm_eps").GetDouble().ShouldBe(1e-5);
        gguf.Config.GetProperty("rope_theta").GetDouble().ShouldBe(100_000);
        gguf.Tensors.Count.ShouldBe(2 + (30 * 9));
        gguf.Tensors["model.layers.29.self_attn.k_proj.weight"].ShouldSatisfyAllConditions(
            static tensor => tensor.DType.ShouldBe("Q4_1"),
            static tensor => tensor.Shape.ShouldBe([192, 576]));
        gguf.GgufMetadata!["tokenizer.ggml.model"].ShouldBe("gpt2");
        gguf.GgufMetadata["tokenizer.ggml.tokens"].ShouldBeOfType<string[]>().Length.ShouldBe(49152);
        gguf.GgufMetadata["tokenizer.ggml.token_type"].ShouldBeOfType<int[]>();

        // Ranges that cut through rows and blocks agree with the whole.
        var whole = new float[192 * 576];
        gguf.Read("model.layers.3.self_attn.k_proj.weight", 0, whole);
        var random = new Random(1);
        for (var i = 0; i < 50; i++)
        {
            var start = random.Next(whole.Length);
            var part = new float[random.Next(whole.Length - start)];
            gguf.Read("model.layers.3.self_attn.k_proj.weight", start, part);
            part.AsSpan().SequenceEqual(whole.AsSpan(start, part.Length)).ShouldBeTrue();
        }
        gguf.Hash().ShouldMatch("^sha256:[0-9a-f]{64}$");
    }

    private static string Folder(string family) =>
        Directory.Exists(Shared.Path("models", "tiny", family)) ? Shared.Path("models", "tiny", family) : Shared.Path("models", "more", family);

    private static bool Same(JsonElement a, JsonElement b) => a.ValueKind == JsonValueKind.Number && b.ValueKind == JsonValueKind.Number
        ? a.GetDouble().Equals(b.GetDouble())
        : JsonElement.DeepEquals(a, b);
}
