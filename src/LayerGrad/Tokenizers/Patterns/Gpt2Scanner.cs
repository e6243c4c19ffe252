namespace LayerGrad.Tokenizers.Patterns;

/// <summary>The split pattern of GPT-2, which <c>ByteLevel</c> uses unless told otherwise.</summary>
internal sealed class Gpt2Scanner : Scanner
{
    /// <summary>The pattern as a regular expression.</summary>
    public const string Expression = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    protected override int FindEnd(ReadOnlySpan<char> text, int start)
    {
        var end = SkipContraction(text, start, ignoreCase: false);
        if (end > start)
            return end;
        var word = text[start] == ' ' && start + 1 < text.Length ? start + 1 : start;
        var kind = UnicodeText.ClassAt(text, word, out _);
        return kind == CharacterClass.Space ? SkipSpaces(text, start) : SkipClass(text, word, kind);
    }
}
