using LayerGrad.Tokenizers;

namespace LayerGrad.Tests.Tokenizers;

/// <summary>Single parts of tokenizers, with the examples of the library's own tests where it has some.</summary>
public class TokenizerPartTests
{
    private const string Pieces = """[["<unk>", 0], ["a", 0], ["b", 0], ["c", 0], ["d", 0], ["cd", 1], ["ab", 2], ["abc", 5], ["abcd", 10]]""";

    [Fact]
    public void Unigram_takes_the_highest_sum_of_scores_and_joins_what_is_unknown()
    {
        var encoding = Load("model", $$"""{"type": "Unigram", "vocab": {{Pieces}}, "unk_id": 0}""").Encode("abcdacdxx");
        encoding.Ids.ShouldBe([8, 1, 5, 0]);
        encoding.Offsets.ShouldBe([new(0, 4), new(4, 5), new(5, 7), new(7, 9)]);
    }

    [Fact]
    public void Unigram_spells_unknown_characters_in_bytes_where_all_of_them_are_tokens()
    {
        var tokenizer = Load("model", """{"type": "Unigram", "vocab": [["<unk>", 0], ["a", -1], ["<0xC3>", -9], ["<0xA9>", -9]], "unk_id": 0, "byte_fallback": true}""");
        tokenizer.Encode("aé").Ids.ShouldBe([1, 2, 3]);
        tokenizer.Encode("aéz").Ids.ShouldBe([1, 0]);
    }

    [Fact]
    public void Unigram_without_an_unknown_token_refuses_only_the_text_that_needs_one()
    {
        var tokenizer = Load("model", """{"type": "Unigram", "vocab": [["a", -1]]}""");
        tokenizer.Encode("aa").Ids.ShouldBe([0, 0]);
        Should.Throw<InputException>(() => tokenizer.Encode("ab")).Message.ShouldEndWith("tokenizer.json: model.unk_id is missing, and the text has a character that is no token");
    }

    [Theory]
    [InlineData("abab", new[] { 1, 4 })]
    [InlineData("aba", new[] { 1, 3 })]
    [InlineData("abx", new[] { 0 })]
    [InlineData("ababa", new[] { 0 })]
    public void WordPiece_takes_the_longest_token_from_the_left(string text, int[] ids)
    {
        var tokenizer = Load("model", """{"type": "WordPiece", "vocab": {"[UNK]": 0, "ab": 1, "##b": 2, "##a": 3, "##ab": 4}, "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 4}""");
        tokenizer.Encode(text).Ids.ShouldBe(ids);
    }

    [Fact]
    public void WordLevel_has_one_token_a_word()
    {
        var tokenizer = Load("model", """{"type": "WordLevel", "vocab": {"[UNK]": 0, "ab": 1}, "unk_token": "[UNK]"}""", """{"type": "Whitespace"}""");
        tokenizer.Encode("ab, ab").Ids.ShouldBe([1, 0, 1]);
    }

    [Fact]
    public void Bpe_writes_prefixes_and_suffixes_to_the_characters_of_a_word()
    {
        var tokenizer = Load("model", """{"type": "BPE", "vocab": {"a": 0, "##b": 1, "##c</w>": 2, "ab": 3, "abc</w>": 4}, "merges": ["a ##b", "ab ##c</w>"], "continuing_subword_prefix": "##", "end_of_word_suffix": "</w>"}""");
        tokenizer.Encode("abc").Ids.ShouldBe([4]);
        tokenizer.Encode("ab").Ids.ShouldBe([0]);
    }

    [Fact]
    public void Bpe_that_leaves_characters_out_moves_the_offsets_after_them_as_the_library_does()
    {
        var encoding = Load("model", """{"type": "BPE", "vocab": {"a": 0, "b": 1}, "merges": []}""").Encode("aéb");
        encoding.Ids.ShouldBe([0, 1]);
        encoding.Offsets.ShouldBe([new(0, 1), new(1, 2)]);
    }

    [Theory]
    [InlineData("""{"type": "Lowercase"}""", "ẞǅİᲐ", "ßǆi\u0307ა")]
    [InlineData("""{"type": "NFKC"}""", "ﬁ①ｶﾞ", "fi1ガ")]
    [InlineData("""{"type": "NFKD"}""", "ﬁé", "fie\u0301")]
    [InlineData("""{"type": "StripAccents"}""", "e\u0301a", "ea")]
    [InlineData("""{"type": "Strip", "strip_left": true, "strip_right": false}""", " \u00A0a ", "a ")]
    [InlineData("""{"type": "Nmt"}""", "a\u200Bb\u0001c\nd", "a bc d")]
    [InlineData("""{"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true}""", "É\u0000野\tb", "e 野  b")]
    [InlineData("""{"type": "Prepend", "prepend": "_"}""", "a", "_a")]
    public void Normalizers_change_the_text(string normalizer, string text, string expected)
    {
        using var folder = new TokenizerFolder();
        folder.With("normalizer", normalizer);
        var tokenizer = folder.Load();
        tokenizer.Decode(tokenizer.Encode(text).Ids).ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"type": "UnicodeScripts"}""", "どこで生れ。Yes", "どこで生れ|。|Yes")]
    [InlineData("""{"type": "BertPreTokenizer"}""", "野口 No$", "野口|No|$")]
    [InlineData("""{"type": "Punctuation", "behavior": "MergedWithPrevious"}""", "a,.b", "a,|.|b")]
    [InlineData("""{"type": "Punctuation", "behavior": "Contiguous"}""", "a,.b", "a|,.|b")]
    [InlineData("""{"type": "CharDelimiterSplit", "delimiter": "-"}""", "the-final--countdown", "the|final|countdown")]
    [InlineData("""{"type": "FixedLength", "length": 2}""", "a\U0001F642bc", "a\U0001F642|bc")]
    [InlineData("""{"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated"}""", "a\U0001F642b", "a|\U0001F642|b")]
    [InlineData("""{"type": "Split", "pattern": {"String": "-"}, "behavior": "MergedWithNext", "invert": true}""", "a--b", "a-|-|b")]
    public void Pre_tokenizers_cut_the_text(string preTokenizer, string text, string expected)
    {
        // With no token but the unknown one every word is one.
        var tokenizer = Load("model", """{"type": "WordLevel", "vocab": {"[UNK]": 0}, "unk_token": "[UNK]"}""", preTokenizer);
        string.Join('|', tokenizer.Encode(text).Offsets.Select(offset => text[offset.Start..offset.End])).ShouldBe(expected);
    }

    [Theory]
    [InlineData("""{"type": "BertProcessing", "sep": ["x", 3], "cls": ["y", 4]}""", new[] { 4, 257, 3 })]
    [InlineData("""{"type": "RobertaProcessing", "sep": ["x", 3], "cls": ["y", 4], "trim_offsets": true, "add_prefix_space": false}""", new[] { 4, 257, 3 })]
    [InlineData("""{"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}, {"SpecialToken": {"id": "x"}}, {"Sequence": {"id": "A"}}], "special_tokens": {"x": {"id": "x", "ids": [1, 2], "tokens": ["x", "x"]}}}""", new[] { 257, 1, 2, 257 })]
    public void Post_processors_write_special_tokens(string postProcessor, int[] ids) => Load("post_processor", postProcessor).Encode("hey").Ids.ShouldBe(ids);

    [Fact]
    public void An_added_token_gets_the_next_id_whatever_the_file_says()
    {
        using var folder = new TokenizerFolder();
        folder.With("added_tokens", """[{"id": 259, "content": "<a>"}, {"id": 258, "content": "<b>"}, {"id": 0, "content": "hey"}]""");
        folder.Load().Encode("<a><b>hey").Ids.ShouldBe([258, 259, 257]);
    }

    private static Tokenizer Load(string key, string json, string? preTokenizer = null)
    {
        using var folder = new TokenizerFolder();
        folder.With(key, json);
        if (key == "model")
            folder.With("pre_tokenizer", preTokenizer ?? "null");
        return folder.Load();
    }
}
