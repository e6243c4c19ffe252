using System.Text.Json;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;
using LayerGrad.Tokenizers.Normalizers;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Tokenizers;

/// <summary>Each kind of <c>tokenizer.ggml.pre</c> against the encodings of Hugging Face's own library, whose tokenizer.json is written as GGUF metadata here.</summary>
public sealed class GgufPreTokenizerTests(ITestOutputHelper output)
{
    [SharedTheory]
    [InlineData("tekken", "pat_tekken")]
    [InlineData("gpt-4o", "pat_o200k")]
    [InlineData("gpt-4o", "real_gpt-4o")]
    [InlineData("gpt-4o", "real_gpt-oss")]
    [InlineData("llama4", "pat_llama4")]
    [InlineData("minimax", "pat_minimax")]
    [InlineData("minimax-m2", "pat_minimax")]
    [InlineData("qwen35", "pat_qwen3_5")]
    [InlineData("deepseek-llm", "real_deepseek-llm")]
    [InlineData("deepseek-v3", "pat_deepseek3")]
    [InlineData("deepseek-v3", "real_deepseek-v3")]
    [InlineData("superbpe", "pat_superbpe")]
    public void A_kind_of_pre_tokenizer_gives_the_ids_of_the_tokenizers_library(string pre, string name)
    {
        var folder = Shared.Path("reference", "tokenizers-more", name);
        var tokenizer = Tokenizer.FromGguf(Metadata(JsonElement.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer.json"))), pre), $"{name}.gguf");
        var compose = new CanonicalNormalizer(compose: true);
        var (compared, others, failures) = (0, 0, new List<string>());
        foreach (var line in File.ReadLines(Path.Combine(folder, "texts.jsonl")).Select(static text => JsonElement.Parse(text)))
        {
            var text = line.GetProperty("text").GetString()!;
            // Qwen's own tokenizers compose their text first; the library's one of this name does not.
            if (pre == "qwen35" && compose.Apply(TextPiece.Whole(text)).Span.ToString() != text)
            {
                others++;
                continue;
            }

            compared++;
            int[] expected = [.. line.GetProperty("ids_without_special").EnumerateArray().Select(static id => id.GetInt32())];
            var ids = tokenizer.Encode(text, addSpecialTokens: false).Ids;
            if (!ids.SequenceEqual(expected))
                failures.Add($"{JsonSerializer.Serialize(text)}: {string.Join(' ', ids.Select(tokenizer.IdToToken))}, not {string.Join(' ', expected.Select(tokenizer.IdToToken))}");
        }

        output.WriteLine($"{pre} as {name}: {compared} texts, {failures.Count} failures; {others} that are not in form C left out");
        compared.ShouldBeGreaterThan(60);
        failures.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(null, "its tokenizer.ggml.pre is missing")]
    [InlineData("default", "its tokenizer.ggml.pre is 'default'")]
    public void A_byte_level_tokenizer_that_does_not_say_how_it_splits_is_refused(string? pre, string expected)
    {
        var metadata = new Dictionary<string, object>
        {
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.tokens"] = new[] { "a" },
            ["tokenizer.ggml.merges"] = Array.Empty<string>(),
        };
        if (pre is not null)
            metadata["tokenizer.ggml.pre"] = pre;
        var message = Should.Throw<InputException>(() => Tokenizer.FromGguf(metadata, "m.gguf")).Message;
        message.ShouldContain(expected);
        message.ShouldContain("--tokenizer DIR");
    }

    private static Dictionary<string, object> Metadata(JsonElement json, string pre)
    {
        var model = json.GetProperty("model");
        var added = json.GetProperty("added_tokens").EnumerateArray().ToDictionary(static token => token.GetProperty("id").GetInt32());
        var known = model.GetProperty("vocab").EnumerateObject().ToDictionary(static entry => entry.Value.GetInt32(), static entry => entry.Name);
        foreach (var (id, token) in added)
            known[id] = token.GetProperty("content").GetString()!;
        int[] ids = [.. Enumerable.Range(0, known.Keys.Max() + 1)];
        return new Dictionary<string, object>
        {
            ["tokenizer.ggml.model"] = "gpt2",
            ["tokenizer.ggml.pre"] = pre,
            ["tokenizer.ggml.tokens"] = ids.Select(id => known.GetValueOrDefault(id, $"[PAD{id}]")).ToArray(),
            ["tokenizer.ggml.token_type"] = ids.Select(id => added.TryGetValue(id, out var token) ? token.GetProperty("special").GetBoolean() ? 3 : 4 : known.ContainsKey(id) ? 1 : 5).ToArray(),
            ["tokenizer.ggml.merges"] = model.GetProperty("merges").EnumerateArray()
                .Select(static merge => merge.ValueKind == JsonValueKind.String ? merge.GetString()! : $"{merge[0].GetString()} {merge[1].GetString()}").ToArray(),
            ["tokenizer.ggml.add_bos_token"] = false,
        };
    }
}
