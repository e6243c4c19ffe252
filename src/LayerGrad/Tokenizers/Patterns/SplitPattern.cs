using LayerGrad.Tokenizers.Patterns.Oniguruma;

namespace LayerGrad.Tokenizers.Patterns;

/// <summary>Finds the places where a split pattern matches.</summary>
internal abstract class SplitPattern
{
    /// <summary>
    /// Adds all matches, from left to right; they do not overlap. An empty match counts, unless it stands right behind the match before it:
    /// Hugging Face's tokenizers cut there.
    /// </summary>
    public abstract void FindMatches(ReadOnlySpan<char> text, List<PatternMatch> matches);

    /// <summary>The pattern for a regular expression: a scanner written by hand for the well-known ones, Oniguruma's meaning for the others.</summary>
    /// <param name="expression">The expression, in Oniguruma's syntax.</param>
    /// <param name="source">Where it stands, for the error message.</param>
    /// <exception cref="InputException">The expression is wrong, or asks for something that is not done exactly.</exception>
    public static SplitPattern FromExpression(string expression, string source) => expression switch
    {
        Gpt2Scanner.Expression => new Gpt2Scanner(),
        LlamaScanner.ThreeDigitsExpression => new LlamaScanner(3),
        LlamaScanner.OneDigitExpression => new LlamaScanner(1),
        _ => new OnigurumaPattern(expression, source),
    };
}

/// <summary>Where a pattern matched: half-open, in UTF-16 units.</summary>
internal readonly record struct PatternMatch(int Start, int End);
