using System.Diagnostics;
using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace LayerGrad.Tests.Tokenizers;

/// <summary>Texts of 2 MB take seconds whatever they hold: no step looks at the rest of the text for each character.</summary>
public class LargeTextTests(ITestOutputHelper output)
{
    private const int Length = 2_000_000;

    private const string Letters = """[["<unk>", 0], ["a", -1], ["b", -2], ["aa", -1.5], ["aaaa", -2.5], ["ab", -3]]""";
    private const string Words = """{"[UNK]": 0, "a": 1, "##a": 2, "##aa": 3, "##aaaa": 4, "b": 5}""";

    /// <summary>Seconds on an idle machine, more on a busy one; a step that is quadratic takes hours.</summary>
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(90);

    [Theory]
    [InlineData("BPE merges along one word", "a", null, null)]
    [InlineData("BPE of words", "hey he ", null, null)]
    [InlineData("BPE of bytes that nothing merges", "\u4E2D", null, null)]
    [InlineData("Unigram without a split", "aab", "model", "{\"type\": \"Unigram\", \"vocab\": " + Letters + ", \"unk_id\": 0}")]
    [InlineData("Unigram of unknown characters", "z", "model", "{\"type\": \"Unigram\", \"vocab\": " + Letters + ", \"unk_id\": 0}")]
    [InlineData("WordPiece of one word without an end", "a", "model", "{\"type\": \"WordPiece\", \"vocab\": " + Words + ", \"unk_token\": \"[UNK]\", \"max_input_chars_per_word\": 100000000}")]
    [InlineData("WordLevel of one word", "a", "model", "{\"type\": \"WordLevel\", \"vocab\": " + Words + ", \"unk_token\": \"[UNK]\"}")]
    [InlineData("NFC of combining marks in the wrong order", "\u0301\u0323", "normalizer", """{"type": "NFC"}""")]
    [InlineData("NFKD of long decompositions", "\u3300abc abc abc ", "normalizer", """{"type": "NFKD"}""")]
    [InlineData("Strip of white space", " ", "normalizer", """{"type": "Strip", "strip_left": true, "strip_right": true}""")]
    [InlineData("Replace everywhere", "ab", "normalizer", """{"type": "Replace", "pattern": {"String": "a"}, "content": "cd"}""")]
    [InlineData("added tokens that strip white space", "                    h", "added_tokens", """[{"id": 258, "content": "h", "lstrip": true, "rstrip": true}]""")]
    [InlineData("added tokens at every place", "ha", "added_tokens", """[{"id": 258, "content": "ha"}, {"id": 259, "content": "hah"}]""")]
    [InlineData("a split at every character", "ab", "pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"String": ""}, "behavior": "Isolated"}, {"type": "ByteLevel", "use_regex": false, "add_prefix_space": false}]}""")]
    [InlineData("matches merged with what is next", "--", "pre_tokenizer", """{"type": "Sequence", "pretokenizers": [{"type": "Punctuation", "behavior": "MergedWithNext"}, {"type": "ByteLevel"}]}""")]
    public void Two_megabytes_take_seconds(string what, string repeated, string? key, string? json)
    {
        using var folder = new TokenizerFolder();
        folder.Json["model"]!["vocab"]!["aa"] = 258;
        folder.Json["model"]!["vocab"]!["aaaa"] = 259;
        folder.Json["model"]!["merges"] = new JsonArray("h e", "he y", "a a", "aa aa");
        if (key is not null)
            folder.With(key, json!);
        if (key == "model")
            folder.Json["pre_tokenizer"] = null;
        if (key == "added_tokens")
            folder.Json["added_tokens"] = new JsonArray([.. folder.Json["added_tokens"]!.AsArray().Select(token => WithId(token!, 2))]);
        var tokenizer = folder.Load();
        var text = string.Concat(Enumerable.Repeat(repeated, Length / System.Text.Encoding.UTF8.GetByteCount(repeated)));
        var clock = Stopwatch.StartNew();
        var encoding = tokenizer.Encode(text);
        output.WriteLine($"{what}: {clock.Elapsed.TotalSeconds:F2} s for {encoding.Ids.Length} tokens");
        clock.Elapsed.ShouldBeLessThan(s_longest);
    }

    [Theory]
    [InlineData("lstrip", "lies in white space that the one before it swallows")]
    [InlineData("special", "is found again and again in the white space that it swallows")]
    public void White_space_that_is_swallowed_again_and_again_is_refused(string flag, string message)
    {
        using var folder = new TokenizerFolder();
        folder.With("added_tokens", $$"""[{"id": 258, "content": "\n", "rstrip": true, "{{flag}}": true}]""");
        var tokenizer = folder.Load();
        Should.Throw<InputException>(() => tokenizer.Encode(new string('\n', Length))).Message.ShouldContain(message);
    }

    [Fact]
    public void A_normalizer_that_doubles_a_text_again_and_again_is_stopped()
    {
        using var folder = new TokenizerFolder();
        const string doubling = """{"type": "Replace", "pattern": {"String": "a"}, "content": "aa"}""";
        folder.With("normalizer", $$"""{"type": "Sequence", "normalizers": [{{string.Join(',', Enumerable.Repeat(doubling, 60))}}]}""");
        Should.Throw<InputException>(() => folder.Load().Encode(new string('a', 60))).Message
            .ShouldEndWith("tokenizer.json: the tokenizer's normalizer or pre-tokenizer makes more than 1001200 characters of a text, which is more than LayerGrad takes; use another tokenizer");
    }

    /// <summary>Each byte that is no letter becomes a character of two bytes, so that all of them double each time, in many parts of which none is long.</summary>
    [Fact]
    public void A_pre_tokenizer_that_doubles_many_parts_again_and_again_is_stopped()
    {
        using var folder = new TokenizerFolder();
        const string doubling = """{"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}""";
        folder.With("pre_tokenizer", $$"""{"type": "Sequence", "pretokenizers": [{"type": "Digits", "individual_digits": true}, {{string.Join(',', Enumerable.Repeat(doubling, 60))}}]}""");
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<InputException>(() => folder.Load().Encode(string.Concat(Enumerable.Repeat("é1", 1000)))).Message.ShouldContain("pre-tokenizer makes more than");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1L << 30);
    }

    private static JsonNode WithId(JsonNode token, int more)
    {
        var copy = token.DeepClone();
        copy["id"] = (int)copy["id"]! + more;
        return copy;
    }
}
