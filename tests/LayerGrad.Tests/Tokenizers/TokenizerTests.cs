using System.Text.Json;
using System.Text.Json.Nodes;
using LayerGrad.Tests.Support;
using LayerGrad.Tokenizers;

namespace LayerGrad.Tests.Tokenizers;

public class TokenizerTests
{
    private const int Added = 258;

    [Theory]
    [InlineData("", "a <m> b", new[] { "a", " ", "<m>", " ", "b" })]
    [InlineData("lstrip", "a  <m> b", new[] { "a", "  <m>", " ", "b" })]
    [InlineData("rstrip", "a <m> \n b<m>", new[] { "a", " ", "<m> \n ", "b", "<m>" })]
    [InlineData("lstrip rstrip", " <m>  <m> ", new[] { " <m>  ", "<m> " })]
    [InlineData("single_word", "a<m> <m>é <m>.", new[] { "a", "<", "m", ">", " ", "<", "m", ">", "é", "é", " ", "<m>", "." })]
    public void Added_tokens_obey_their_flags(string flags, string text, string[] expected)
    {
        using var folder = new TokenizerFolder();
        var token = new JsonObject { ["id"] = Added, ["content"] = "<m>", ["special"] = true };
        foreach (var flag in flags.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            token[flag] = true;
        folder.Json["added_tokens"] = new JsonArray(token);
        Texts(folder.Load(), text).ShouldBe(expected);
    }

    [Fact]
    public void Of_several_added_tokens_the_longest_at_the_leftmost_place_is_found()
    {
        using var folder = new TokenizerFolder();
        folder.With("added_tokens", """[{"id": 258, "content": "ab"}, {"id": 259, "content": "abc"}, {"id": 260, "content": "bcd"}]""");
        folder.Load().Encode("abcd ab").Ids.ShouldBe([259, 'd', ' ', 258]);
    }

    [Theory]
    [InlineData("true", new[] { Added })]
    [InlineData("false", new int[] { '<', 'm', '>' })]
    public void A_normalized_added_token_is_found_in_the_normalised_text(string normalized, int[] ids)
    {
        using var folder = new TokenizerFolder();
        folder.With("normalizer", """{"type": "Replace", "pattern": {"String": "é"}, "content": "<m>"}""");
        folder.With("added_tokens", $$"""[{"id": 258, "content": "<m>", "normalized": {{normalized}}}]""");
        var encoding = folder.Load().Encode("é");
        encoding.Ids.ShouldBe(ids);
        encoding.Offsets.ShouldAllBe(offset => offset == new TokenOffset(0, 1));
    }

    [Theory]
    [InlineData(false, new int[] { 'h', 'x' })]
    [InlineData(true, new[] { 258 })]
    public void A_word_that_is_a_token_skips_the_merges_where_they_are_ignored(bool ignore, int[] ids)
    {
        using var folder = new TokenizerFolder();
        folder.Json["model"]!["vocab"]!["hx"] = 258;
        folder.Json["model"]!["ignore_merges"] = ignore;
        folder.Load().Encode("hx").Ids.ShouldBe(ids);
    }

    [Fact]
    public void Trimmed_offsets_leave_white_space_out()
    {
        using var folder = new TokenizerFolder();
        folder.With("post_processor", """{"type": "ByteLevel", "trim_offsets": true, "add_prefix_space": false}""");
        folder.Json["model"]!["vocab"]!["Ġhey"] = 258;
        folder.Json["model"]!["merges"] = new JsonArray("h e", "he y", "Ġ hey");
        folder.Load().Encode("hey hey").Offsets.ShouldBe([new(0, 3), new(4, 7)]);
    }

    [Fact]
    public void A_space_that_the_tokenizer_adds_is_aligned_with_the_first_character()
    {
        using var folder = new TokenizerFolder();
        folder.With("pre_tokenizer", """{"type": "ByteLevel", "add_prefix_space": true, "use_regex": true}""");
        var encoding = folder.Load().Encode("hey");
        encoding.Ids.ShouldBe([' ', 257]);
        encoding.Offsets.ShouldBe([new(0, 1), new(0, 3)]);
    }

    [Theory]
    [InlineData("LlamaTokenizer", null, null, new[] { 258, 257 })]
    [InlineData("LlamaTokenizerFast", true, true, new[] { 258, 257, 259 })]
    [InlineData("GemmaTokenizer", false, null, new[] { 257 })]
    [InlineData("GPTNeoXTokenizer", null, null, new[] { 257 })]
    [InlineData("PreTrainedTokenizerFast", true, true, new[] { 259, 257 })]
    public void Llama_and_Gemma_classes_follow_the_configuration_and_not_the_post_processor(string name, bool? bos, bool? eos, int[] ids)
    {
        using var folder = new TokenizerFolder();
        folder.With("added_tokens", """[{"id": 258, "content": "<b>", "special": true}, {"id": 259, "content": "<e>", "special": true}]""");
        folder.With("post_processor", """{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<e>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "special_tokens": {"<e>": {"id": "<e>", "ids": [259], "tokens": ["<e>"]}}}""");
        folder.Config = new JsonObject { ["tokenizer_class"] = name, ["bos_token"] = "<b>", ["eos_token"] = new JsonObject { ["content"] = "<e>" } };
        if (bos is { } addBos)
            folder.Config["add_bos_token"] = addBos;
        if (eos is { } addEos)
            folder.Config["add_eos_token"] = addEos;
        var tokenizer = folder.Load();
        tokenizer.Encode("hey").Ids.ShouldBe(ids);
        tokenizer.Encode("hey", addSpecialTokens: false).Ids.ShouldBe([257]);
        tokenizer.BosToken.ShouldBe("<b>");
        tokenizer.EosToken.ShouldBe("<e>");
        tokenizer.Decode(tokenizer.Encode("hey").Ids, skipSpecialTokens: true).ShouldBe("hey");
    }

    [Fact]
    public void Tokens_that_only_the_configuration_has_are_added()
    {
        using var folder = new TokenizerFolder();
        folder.Config = (JsonObject)JsonNode.Parse("""{"added_tokens_decoder": {"260": {"content": "<x>", "special": true}}, "chat_template": [{"name": "tool_use", "template": "t"}, {"name": "default", "template": "d"}]}""")!;
        var tokenizer = folder.Load();
        tokenizer.Encode("<x>").Ids.ShouldBe([258]);
        tokenizer.VocabularySize.ShouldBe(259);
        tokenizer.TokenToId("<x>").ShouldBe(258);
        tokenizer.IdToToken(258).ShouldBe("<x>");
        tokenizer.IdToToken(259).ShouldBeNull();
        tokenizer.IsSpecial(258).ShouldBeTrue();
        tokenizer.ChatTemplate.ShouldBe("d");
    }

    [SharedTheory]
    [InlineData("cut-llama3.1", "llama3.1")]
    [InlineData("cut-gemma", "gemma")]
    [InlineData("cut-llama2", "llama2")]
    public void Decoding_gives_the_text_back(string reference, string family)
    {
        var tokenizer = Tokenizer.Load(Shared.Path("models", "tiny", family));
        foreach (var line in File.ReadLines(Shared.Path("reference", "tokenizers", reference + ".jsonl")))
        {
            using var document = JsonDocument.Parse(line);
            var text = document.RootElement.GetProperty("text").GetString()!;
            var encoding = tokenizer.Encode(text, addSpecialTokens: false);
            // Spaces after a special token gain one in Llama 2's way; the mark of a space reads back as a space; unknown is lost.
            if (encoding.Ids.Any(tokenizer.IsSpecial))
                continue;
            tokenizer.Decode(encoding.Ids).ShouldBe(family == "llama3.1" ? text : text.Replace('\u2581', ' '));
        }
    }

    [Fact]
    public void Many_threads_encode_alike()
    {
        using var folder = new TokenizerFolder();
        var tokenizer = folder.Load();
        var text = string.Join(' ', Enumerable.Range(0, 2000).Select(i => $"hey{i % 97} he"));
        var expected = tokenizer.Encode(text).Ids;
        Parallel.For(0, 16, _ => tokenizer.Encode(text).Ids.ShouldBe(expected));
    }

    private static List<string> Texts(Tokenizer tokenizer, string text) =>
        [.. tokenizer.Encode(text).Offsets.Select(offset => text[offset.Start..offset.End])];
}
