using LayerGrad.Checkpoints;

namespace LayerGrad.Tests.Checkpoints;

public sealed class GgufFormatTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("layergrad-gguf-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_sound_file_opens()
    {
        using var checkpoint = Open(Sound().ToArray());
        checkpoint.Tensors.Keys.ShouldBe(["model.embed_tokens.weight", "model.norm.weight"], ignoreOrder: true);
        checkpoint.Config.GetProperty("rms_norm_eps").GetDouble().ShouldBe(1e-6);
        checkpoint.Config.GetProperty("head_dim").GetInt32().ShouldBe(16);
        checkpoint.GgufMetadata!["tokenizer.ggml.token_type"].ShouldBe(new[] { 1, 3 });
    }

    [Fact]
    public void Every_shorter_file_is_refused()
    {
        var whole = Sound().ToArray();
        for (var length = 0; length < whole.Length - 24; length++) // the last 24 bytes are padding behind the last tensor
            Refusal(whole[..length]);
    }

    [Fact]
    public void Random_damage_gives_an_error_of_one_line_or_a_sound_file()
    {
        var whole = Sound().ToArray();
        var random = new Random(7);
        for (var i = 0; i < 3000; i++)
        {
            var damaged = (byte[])whole.Clone();
            for (var j = random.Next(1, 4); j > 0; j--)
                damaged[random.Next(400)] = (byte)random.Next(256);
            try
            {
                Open(damaged).Dispose();
            }
            catch (InputException error)
            {
                error.Message.ShouldNotContain("\n");
            }
        }
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        Refusal(Changed(static builder => builder.Magic = 1)).ShouldContain("not a GGUF file");
        Refusal(Changed(static builder => builder.Version = 1)).ShouldContain("version 1");
        Refusal(Changed(static builder => builder.Version = 0x03000000)).ShouldContain("big-endian");
        Refusal(Changed(static builder => builder.TensorCount = ulong.MaxValue)).ShouldContain("tensors");
        Refusal(Changed(static builder => builder.OffsetShift = 1)).ShouldContain("alignment");
        Refusal(Changed(static builder => builder.OffsetShift = 1 << 20)).ShouldContain("cut off");
        Refusal(Changed(static builder => builder.OffsetShift = -32)).ShouldContain("token_embd.weight");
        Refusal(Changed(static builder => builder.With("llama.block_count", 2))).ShouldContain("llama.block_count");
        Refusal(Changed(static builder => builder.Tensor("token_embd.weight", [1], new float[1]))).ShouldContain("token_embd.weight");
        Refusal(Changed(static builder => builder.Tensor("blk.0.mystery.weight", [1], new float[1]))).ShouldContain("blk.0.mystery.weight");
        Refusal(Changed(static builder => builder.Tensor("blk.0.attn_q.weight", [1], 19, new byte[50]))).ShouldContain("IQ1_S");
        Refusal(Changed(static builder => builder.Tensor("blk.0.attn_q.weight", [1], 99, new byte[50]))).ShouldContain("number 99");
        Refusal(Changed(static builder => builder.Tensor("blk.0.attn_q.weight", [2, 16], GgufBuilder.Q8_0, new byte[34]))).ShouldContain("blocks of 32");
        Refusal(Changed(static builder => builder.Tensor("blk.0.attn_q.weight", [3, 16], new float[48]))).ShouldContain("heads");
        Refusal(Changed(static builder => builder.Tensor("blk.0.attn_q.weight", [1L << 40, 1L << 40], new float[1]))).ShouldContain("blk.0.attn_q.weight");
        Refusal(new GgufBuilder().With("general.architecture", "mamba").ToArray()).ShouldContain("'mamba'");
        Refusal(new GgufBuilder().With("general.type", "model").ToArray()).ShouldContain("general.architecture");
        Refusal(new GgufBuilder().With("general.architecture", "llama").With("llama.block_count", 1).ToArray()).ShouldContain("token_embd.weight");
    }

    [Fact]
    public void Heads_that_differ_from_layer_to_layer_are_refused()
    {
        var builder = new GgufBuilder().With("general.architecture", "llama").With("llama.block_count", 1).With("llama.embedding_length", 32)
            .With("llama.feed_forward_length", 64).With("llama.attention.head_count", new[] { 2, 4 })
            .Tensor("token_embd.weight", [2, 32], new float[64]);
        Refusal(builder.ToArray()).ShouldContain("llama.attention.head_count");
    }

    [Fact]
    public void Quantised_rows_come_back_in_order()
    {
        // Two heads of four rows, one block of Q8_0 a row: row r holds r in every element.
        var blocks = Enumerable.Range(0, 8).SelectMany(static row => BitConverter.GetBytes((Half)1).Concat(Enumerable.Repeat((byte)row, 32))).ToArray();
        using var checkpoint = Open(Changed(builder => builder.Tensor("blk.0.attn_q.weight", [8, 32], GgufBuilder.Q8_0, blocks)));
        checkpoint.Tensors["model.layers.0.self_attn.q_proj.weight"].DType.ShouldBe("Q8_0");
        var values = new float[8 * 32];
        checkpoint.Read("model.layers.0.self_attn.q_proj.weight", 0, values);
        Enumerable.Range(0, 8).Select(row => values[(row * 32) + 7]).ShouldBe([0f, 2, 1, 3, 4, 6, 5, 7]);
        Should.Throw<ArgumentOutOfRangeException>(() => checkpoint.Read("model.layers.0.self_attn.q_proj.weight", 1, values));
    }

    [Fact]
    public void Stacked_norms_fused_projections_and_experts_of_old_files_are_taken_apart()
    {
        var stablelm = new GgufBuilder().With("general.architecture", "stablelm").With("stablelm.block_count", 1).With("stablelm.embedding_length", 4)
            .With("stablelm.feed_forward_length", 8).With("stablelm.attention.head_count", 2).With("stablelm.attention.head_count_kv", 1)
            .With("stablelm.attention.layer_norm_epsilon", 1e-5f).With("stablelm.rope.dimension_count", 1)
            .Tensor("token_embd.weight", [2, 4], new float[8])
            .Tensor("blk.0.attn_q_norm.weight", [2, 2], new float[] { 1, 2, 3, 4 })
            .Tensor("blk.0.attn_qkv.weight", [8, 4], Enumerable.Range(0, 32).Select(static i => (float)i).ToArray());
        using (var checkpoint = Open(stablelm.ToArray()))
        {
            Values(checkpoint, "model.layers.0.self_attn.q_layernorm.norms.1.weight").ShouldBe([3f, 4]);
            Values(checkpoint, "model.layers.0.self_attn.q_proj.weight")[0].ShouldBe(0);
            Values(checkpoint, "model.layers.0.self_attn.k_proj.weight")[0].ShouldBe(16);
            Values(checkpoint, "model.layers.0.self_attn.v_proj.weight").ShouldBe([24f, 25, 26, 27, 28, 29, 30, 31]);
            checkpoint.Config.GetProperty("qk_layernorm").GetBoolean().ShouldBeTrue();
            checkpoint.Config.GetProperty("partial_rotary_factor").GetDouble().ShouldBe(0.5);
        }

        using var mixtral = Open(Changed(static builder => builder.With("llama.expert_count", 2).With("llama.expert_used_count", 1)
            .Tensor("blk.0.ffn_gate.0.weight", [1, 32], new float[32]).Tensor("blk.0.ffn_down.1.weight", [32, 1], new float[32])));
        mixtral.Tensors.Keys.ShouldContain("model.layers.0.block_sparse_moe.experts.0.w1.weight");
        mixtral.Tensors.Keys.ShouldContain("model.layers.0.block_sparse_moe.experts.1.w2.weight");
        mixtral.Config.GetProperty("model_type").GetString().ShouldBe("mixtral");
    }

    private static float[] Values(Checkpoint checkpoint, string name)
    {
        var values = new float[checkpoint.Tensors[name].Elements];
        checkpoint.Read(name, 0, values);
        return values;
    }

    [Fact]
    public void Factors_that_no_parameters_give_stand_as_they_are()
    {
        using var checkpoint = Open(Changed(static builder => builder.Tensor("rope_freqs.weight", [8], new float[] { 1, 1.5f, 1, 2, 3, 1, 7, 1 })));
        checkpoint.Config.GetProperty("rope_scaling").ToString().ShouldBe("""{"rope_type":"factors","factors":[1,1.5,1,2,3,1,7,1]}""");
        checkpoint.Tensors.Keys.ShouldNotContain("rope_freqs.weight");
    }

    [Fact]
    public void Parts_of_a_split_model_are_one()
    {
        var first = Path.Combine(_folder, "m-00001-of-00002.gguf");
        File.WriteAllBytes(first, Sound().With("split.count", 2).ToArray());
        Should.Throw<InputException>(() => Checkpoint.Open(first)).Message.ShouldContain("m-00002-of-00002.gguf");
        File.WriteAllBytes(Path.Combine(_folder, "m-00002-of-00002.gguf"), new GgufBuilder().Tensor("output.weight", [2, 32], new float[64]).ToArray());
        using var checkpoint = Checkpoint.Open(first);
        checkpoint.Tensors.Keys.ShouldContain("lm_head.weight");
        checkpoint.Config.GetProperty("tie_word_embeddings").GetBoolean().ShouldBeFalse();
    }

    private static GgufBuilder Sound() => new GgufBuilder()
        .With("general.architecture", "llama")
        .With("llama.block_count", 1)
        .With("llama.embedding_length", 32)
        .With("llama.feed_forward_length", 64)
        .With("llama.attention.head_count", 2)
        .With("llama.attention.layer_norm_rms_epsilon", 1e-6f)
        .With("tokenizer.ggml.token_type", new[] { 1, 3 })
        .Tensor("token_embd.weight", [2, 32], new float[64])
        .Tensor("output_norm.weight", [2], new float[2]);

    private static byte[] Changed(Action<GgufBuilder> change)
    {
        var builder = Sound();
        change(builder);
        return builder.ToArray();
    }

    private Checkpoint Open(byte[] bytes)
    {
        var path = Path.Combine(_folder, "model.gguf");
        File.WriteAllBytes(path, bytes);
        return Checkpoint.Open(path);
    }

    private string Refusal(byte[] bytes)
    {
        var message = Should.Throw<InputException>(() => Open(bytes).Dispose()).Message;
        message.ShouldNotContain("\n");
        message.ShouldContain("model.gguf");
        return message;
    }
}
