using System.Text.Json;
using LayerGrad.Checkpoints;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;

namespace LayerGrad.Tests.Tokenizers;

public class GgufTokenizerTests
{
    [SharedTheory]
    [InlineData("cut-llama3.1", "llama3.1")]
    [InlineData("cut-llama3.1", "olmo2")]
    [InlineData("cut-llama3.1", "granite")]
    [InlineData("cut-qwen2", "qwen2")]
    [InlineData("cut-qwen2", "qwen3")]
    public void A_gguf_file_gives_the_reference_ids_and_offsets_of_its_family(string reference, string family) =>
        ReferenceEncodings.ShouldEqual(Load(Shared.Path("models", "gguf", family + ".F32.gguf")), reference);

    [SharedFact]
    public void SmolLM2_gives_the_reference_ids_and_offsets()
    {
        var tokenizer = Load(Shared.Path("models", "SmolLM2-135M-Instruct.Q4_1.gguf"));
        ReferenceEncodings.ShouldEqual(tokenizer, "smollm2");
        tokenizer.VocabularySize.ShouldBe(49152);
        tokenizer.EosToken.ShouldBe("<|im_end|>");
        tokenizer.ChatTemplate.ShouldNotBeNull().ShouldContain("<|im_start|>");
    }

    [NpmTokenizerTheory]
    [InlineData("mistral", "tokenizer-llama2")]
    public void A_sentencepiece_vocabulary_with_scores_gives_the_ids_of_its_tokenizer_json(string reference, string package)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(NpmTokenizers.Folder(package), "tokenizer.json")));
        var vocabulary = document.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject().ToDictionary(entry => entry.Value.GetInt32(), entry => entry.Name);
        var tokens = Enumerable.Range(0, vocabulary.Count).Select(id => vocabulary[id]).ToArray();
        // tokenizer.json lists the merges by falling score of the token that they make.
        var ranks = new Dictionary<string, int>();
        foreach (var merge in document.RootElement.GetProperty("model").GetProperty("merges").EnumerateArray())
            ranks.TryAdd(merge.GetString()!.Replace(" ", "", StringComparison.Ordinal), ranks.Count);
        var metadata = new Dictionary<string, object>
        {
            ["tokenizer.ggml.model"] = "llama",
            ["tokenizer.ggml.tokens"] = tokens,
            ["tokenizer.ggml.scores"] = Array.ConvertAll(tokens, token => -(float)ranks.GetValueOrDefault(token, 1_000_000)),
            ["tokenizer.ggml.token_type"] = Enumerable.Range(0, tokens.Length).Select(id => id switch { 0 => 2, 1 or 2 => 3, < 259 => 6, _ => 1 }).ToArray(),
            ["tokenizer.ggml.bos_token_id"] = 1UL,
            ["tokenizer.ggml.eos_token_id"] = 2UL,
        };
        ReferenceEncodings.ShouldEqual(Tokenizer.FromGguf(metadata, "mistral.gguf"), reference);
    }

    [Theory]
    [InlineData("tokenizer.ggml.model", "t5", "m.gguf: its tokenizer is of kind t5, which is not supported; give the folder of the original tokenizer with --tokenizer DIR")]
    [InlineData("tokenizer.ggml.pre", "klingon", "m.gguf: its pre-tokenizer type klingon is not supported; give the folder of the original tokenizer with --tokenizer DIR")]
    public void What_is_not_supported_is_named_with_a_way_out(string key, string value, string message)
    {
        var metadata = Gpt2();
        metadata[key] = value;
        Should.Throw<InputException>(() => Tokenizer.FromGguf(metadata, "m.gguf")).Message.ShouldBe(message);
    }

    [Fact]
    public void A_merge_of_a_missing_token_is_refused()
    {
        var metadata = Gpt2();
        metadata["tokenizer.ggml.merges"] = new[] { "a b" };
        Should.Throw<InputException>(() => Tokenizer.FromGguf(metadata, "m.gguf")).Message
            .ShouldBe("m.gguf: tokenizer.ggml.merges[0] uses the token \"b\", which is not in tokenizer.ggml.tokens");
    }

    [Theory]
    [InlineData(null, "llama-bpe", new[] { 1, 0 })]
    [InlineData(false, "llama-bpe", new[] { 0 })]
    [InlineData(null, "gpt-2", new[] { 0 })]
    [InlineData(true, "gpt-2", new[] { 1, 0 })]
    public void The_pre_tokenizer_decides_on_a_bos_where_the_file_does_not(bool? addsBos, string pre, int[] ids)
    {
        var metadata = Gpt2();
        metadata["tokenizer.ggml.pre"] = pre;
        if (addsBos is { } flag)
            metadata["tokenizer.ggml.add_bos_token"] = flag;
        Tokenizer.FromGguf(metadata, "m.gguf").Encode("a").Ids.ShouldBe(ids);
    }

    private static Dictionary<string, object> Gpt2() => new()
    {
        ["tokenizer.ggml.model"] = "gpt2",
        ["tokenizer.ggml.pre"] = "gpt-2",
        ["tokenizer.ggml.tokens"] = new[] { "a", "<bos>" },
        ["tokenizer.ggml.token_type"] = new[] { 1, 3 },
        ["tokenizer.ggml.merges"] = Array.Empty<string>(),
        ["tokenizer.ggml.bos_token_id"] = 1UL,
    };

    private static Tokenizer Load(string path)
    {
        using var checkpoint = Checkpoint.Open(path);
        return Tokenizer.FromGguf(checkpoint.GgufMetadata!, path);
    }
}
