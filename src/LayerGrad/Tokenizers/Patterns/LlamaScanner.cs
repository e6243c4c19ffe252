namespace LayerGrad.Tokenizers.Patterns;

/// <summary>The split pattern of Llama 3 and of Qwen 2, which differ in how many digits make a piece.</summary>
/// <param name="digits">The most digits of a piece.</param>
internal sealed class LlamaScanner(int digits) : Scanner
{
    /// <summary>The pattern of Llama 3.</summary>
    public const string ThreeDigitsExpression =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The pattern of Qwen 2.</summary>
    public const string OneDigitExpression =
        @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    protected override int FindEnd(ReadOnlySpan<char> text, int start)
    {
        var end = SkipContraction(text, start, ignoreCase: true);
        if (end > start)
            return end;
        var kind = UnicodeText.ClassAt(text, start, out var length);
        if (kind == CharacterClass.Letter)
            return SkipClass(text, start + length, CharacterClass.Letter);
        if (kind == CharacterClass.Number)
            return SkipClass(text, start, CharacterClass.Number, digits);
        var next = start + length < text.Length ? UnicodeText.ClassAt(text, start + length, out _) : CharacterClass.Space;
        if (next == CharacterClass.Letter && text[start] is not ('\r' or '\n'))
            return SkipClass(text, start + length, CharacterClass.Letter);
        if (kind == CharacterClass.Other || (text[start] == ' ' && next == CharacterClass.Other))
        {
            end = SkipClass(text, start + length, CharacterClass.Other);
            while (end < text.Length && text[end] is '\r' or '\n')
                end++;
            return end;
        }

        var spaces = text[start..SkipClass(text, start, CharacterClass.Space)];
        var lineEnd = spaces.LastIndexOfAny('\r', '\n');
        return lineEnd >= 0 ? start + lineEnd + 1 : SkipSpaces(text, start);
    }
}
