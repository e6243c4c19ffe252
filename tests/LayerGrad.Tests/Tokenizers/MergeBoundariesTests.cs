using LayerGrad.Tokenizers;
using LayerGrad.Tokenizers.Models;

namespace LayerGrad.Tests.Tokenizers;

public class MergeBoundariesTests
{
    private static readonly string[] s_tokens = ["▁", "a", "b", "c", "ab", "▁a", "▁ab", "▁▁", "🙂", "🙂a", .. Enumerable.Range(0, 256).Select(value => $"<0x{value:X2}>")];
    private static readonly Vocabulary s_vocabulary = new(s_tokens.Index().ToDictionary(token => token.Item, token => token.Index));
    private static readonly Merge[] s_merges = [Merge("a", "b", 0), Merge("▁", "a", 1), Merge("▁", "ab", 2), Merge("▁", "▁", 3), Merge("🙂", "a", 4)];

    [Theory]
    [InlineData("ab▁ab▁▁ab", "ab|▁ab|▁▁ab")]
    [InlineData("bacab", "b|a|c|ab")]
    [InlineData("🙂a🙂é", "🙂a|🙂|é")]
    public void Text_is_cut_where_no_merge_joins_the_characters(string text, string expected)
    {
        var boundaries = new MergeBoundaries(s_vocabulary, s_merges);
        var parts = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var end = boundaries.FindNext(text, start);
            parts.Add(text[start..end]);
            start = end;
        }

        string.Join('|', parts).ShouldBe(expected);
    }

    [Theory]
    [InlineData(true, false, true)]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    public void Unknown_characters_that_are_fused_forbid_cuts(bool byteFallback, bool fuseUnknown, bool allowed) =>
        new CharacterAlphabet(s_vocabulary, new UnknownToken(0, problem: null), fuseUnknown, byteFallback).AllowsBoundaries([Merge("a", "b", 0)]).ShouldBe(allowed);

    [Fact]
    public void Merges_of_byte_tokens_forbid_cuts() =>
        new CharacterAlphabet(s_vocabulary, UnknownToken.None, fuseUnknown: false, byteFallback: true)
            .AllowsBoundaries([new Merge(s_vocabulary.Find("<0xC3>"), s_vocabulary.Find("<0xA9>"), 0, 0)]).ShouldBeFalse();

    [Fact]
    public void Cut_text_gives_the_same_tokens()
    {
        var cutting = new BpeModel(s_vocabulary, s_merges, new CharacterAlphabet(s_vocabulary, UnknownToken.None, fuseUnknown: false, byteFallback: true), ignoreMerges: false);
        // A merge of byte tokens, which the texts cannot reach, keeps this one from cutting.
        Merge[] more = [.. s_merges, new Merge(s_vocabulary.Find("<0x00>"), s_vocabulary.Find("<0x00>"), 9, 0)];
        var whole = new BpeModel(s_vocabulary, more, new CharacterAlphabet(s_vocabulary, UnknownToken.None, fuseUnknown: false, byteFallback: true), ignoreMerges: false);
        var random = new Random(3);
        for (var i = 0; i < 500; i++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(1, 120)).Select(_ => random.Next(6) switch { 0 => "▁", 1 => "a", 2 => "b", 3 => "c", 4 => "🙂", _ => "é" }));
            Encode(cutting, text).ShouldBe(Encode(whole, text));
        }
    }

    private static List<(int, TokenOffset)> Encode(BpeModel model, string text)
    {
        var workspace = new EncodingWorkspace();
        model.Encode(TextPiece.Whole(text), workspace);
        return [.. workspace.Tokens.Ids.Zip(workspace.Tokens.Offsets)];
    }

    private static Merge Merge(string left, string right, int rank) =>
        new(s_vocabulary.Find(left), s_vocabulary.Find(right), rank, s_vocabulary.Find(left + right));
}
