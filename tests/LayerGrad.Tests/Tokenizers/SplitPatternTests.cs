using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using LayerGrad.Tokenizers;
using LayerGrad.Tokenizers.Patterns;
using LayerGrad.Tokenizers.Patterns.Oniguruma;
using LayerGrad.Tokenizers.PreTokenizers;

namespace LayerGrad.Tests.Tokenizers;

public class SplitPatternTests
{
    /// <summary>Characters of every class that the patterns tell apart, inside and beyond the Basic Multilingual Plane.</summary>
    private static readonly string[] s_characters =
    [
        " ", " ", "\n", "\r", "\t", "\u00A0", "\u2003", "\u0085", "\u2028", "a", "B", "s", "S", "t", "re", "VE", "m", "Ll", "d", "é", "ß", "中", "の", "ա",
        "'", "'", "\u2019", ".", "!", "-", "_", "$", "+", "1", "2", "٣", "Ⅷ", "½", "\u0301", "\u200D", "\uFEFF", "\0",
        "🙂", "🏽", "𝔘", "𝟘", "𠀀", "𐄇", "𐐷", "\U000E0100", "\U0001F1E9", "\uD83D", "\uDE42", "\U000F0000", "\U0003FFFF",
    ];

    public static Arbitrary<string> Texts() =>
        Gen.Elements(s_characters).ArrayOf().Select(string.Concat).ToArbitrary();

    [Property(Arbitrary = [typeof(SplitPatternTests)], MaxTest = 3000)]
    public void Scanners_split_as_their_expressions_do(string text)
    {
        ShouldAgree(text, new Gpt2Scanner(), Gpt2Scanner.Expression);
        ShouldAgree(text, new LlamaScanner(3), LlamaScanner.ThreeDigitsExpression);
        ShouldAgree(text, new LlamaScanner(1), LlamaScanner.OneDigitExpression);
    }

    [Fact]
    public void Ignoring_case_the_long_s_is_an_s_as_in_Oniguruma() =>
        Split(new LlamaScanner(3), "'\u017Fx").ShouldBe(["'\u017F", "x"]);

    [Fact]
    public void Characters_beyond_the_basic_plane_have_their_own_class() =>
        Split(new OnigurumaPattern(@"\p{L}+|\p{N}|\p{So}", "test"), "𝔘𝔫𠀀𝟘𝟙🙂").ShouldBe(["𝔘𝔫𠀀", "𝟘", "𝟙", "🙂"]);

    [Theory]
    [InlineData(@"\p{Klingon}+", "invalid character property name {Klingon}")]
    [InlineData(@"(?<n>\g<n>a)", "never ending recursion")]
    [InlineData(@"(?{x})a", "a callout (?{…}) is not supported")]
    public void An_expression_that_is_not_supported_is_refused_with_its_place(string expression, string told)
    {
        var message = Should.Throw<InputException>(() => SplitPattern.FromExpression(expression, "t.json: pre_tokenizer.pattern")).Message;
        message.ShouldStartWith("t.json: pre_tokenizer.pattern: the pattern ");
        message.ShouldContain(told);
    }

    [Theory]
    [InlineData("Removed", "the|final|countdown")]
    [InlineData("Isolated", "the|-|final|-|-|countdown")]
    [InlineData("MergedWithPrevious", "the-|final-|-|countdown")]
    [InlineData("MergedWithNext", "the|-final|-|-countdown")]
    [InlineData("Contiguous", "the|-|final|--|countdown")]
    public void Each_split_behaviour_does_as_documented(string behavior, string expected)
    {
        var split = new SplitPreTokenizer(new LiteralPattern("-"), Enum.Parse<SplitBehavior>(behavior), invert: false);
        string.Join('|', Parts(split, "the-final--countdown")).ShouldBe(expected);
    }

    [Fact]
    public void An_inverted_split_keeps_the_matches()
    {
        var split = new SplitPreTokenizer(new OnigurumaPattern(@"\w+", "test"), SplitBehavior.Removed, invert: true);
        Parts(split, "the-final--countdown").ShouldBe(["the", "final", "countdown"]);
    }

    [Fact]
    public void Metaspace_marks_spaces_and_keeps_offsets()
    {
        var pre = new MetaspacePreTokenizer("\u2581", PrependScheme.First, splits: true);
        List<TextPiece> parts = [];
        pre.Split(TextPiece.Whole("Hey  you"), parts);
        parts.ConvertAll(part => part.Span.ToString()).ShouldBe(["\u2581Hey", "\u2581", "\u2581you"]);
        parts.ConvertAll(part => part.ToOriginal(0, part.Length)).ShouldBe([new(0, 3), new(3, 4), new(4, 8)]);
    }

    private static readonly Dictionary<string, OnigurumaPattern> s_expressions = new[] { Gpt2Scanner.Expression, LlamaScanner.ThreeDigitsExpression, LlamaScanner.OneDigitExpression }
        .ToDictionary(expression => expression, expression => new OnigurumaPattern(expression, "test"));

    private static void ShouldAgree(string text, SplitPattern scanner, string expression) =>
        Split(scanner, text).ShouldBe(Split(s_expressions[expression], text));

    private static List<string> Split(SplitPattern pattern, string text)
    {
        var matches = new List<PatternMatch>();
        pattern.FindMatches(text, matches);
        return matches.ConvertAll(match => text[match.Start..match.End]);
    }

    private static List<string> Parts(PreTokenizer pre, string text)
    {
        List<TextPiece> parts = [];
        pre.Split(TextPiece.Whole(text), parts);
        return parts.ConvertAll(part => part.Span.ToString());
    }
}
