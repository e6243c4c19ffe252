namespace LayerGrad.Tokenizers.Patterns.Oniguruma;

/// <summary>
/// Any pattern of tokenizer.json, with the meaning that it has in Oniguruma (6.9, as Hugging Face's tokenizers use it): parsed here and run by
/// a matcher of our own, since .NET's expressions differ in anchors, classes, case folding, possessive intervals and look-behind, and see
/// UTF-16 units instead of characters.
/// </summary>
internal sealed class OnigurumaPattern : SplitPattern
{
    private readonly PatternProgram _program;
    private readonly string _what;

    /// <summary>Parses and compiles a pattern.</summary>
    /// <param name="expression">The pattern.</param>
    /// <param name="source">Where it stands, for errors.</param>
    /// <exception cref="InputException">It is wrong, or asks for something that is not done exactly.</exception>
    public OnigurumaPattern(string expression, string source)
    {
        _what = $"{source}: the pattern {Json.JsonValue.Shortened(expression)}";
        try
        {
            var (tree, groups) = PatternParser.Parse(expression);
            _program = PatternCompiler.Compile(tree, groups);
        }
        catch (PatternException error)
        {
            throw new InputException($"{_what} cannot be used: {error.Message}", error);
        }
    }

    /// <inheritdoc />
    public override void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches)
    {
        var matcher = new PatternMatcher(_program, text);
        var (from, lastEnd) = (0, -1);
        try
        {
            while (from <= text.Length && matcher.TryFind(from, out var match))
            {
                // An empty match right behind the match before it does not count; the search goes on one character later.
                if (match.Start == match.End && match.End == lastEnd)
                {
                    from = match.End + (match.End < text.Length ? UnicodeText.LengthAt(text, match.End) : 1);
                    continue;
                }

                matches.Add(match);
                (from, lastEnd) = (match.End, match.End);
            }
        }
        catch (PatternException error)
        {
            throw new InputException($"{_what} is too slow: {error.Message}; shorten the text or the pattern", error);
        }
    }
}
