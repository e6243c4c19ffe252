using LayerGrad.Tokenizers.Models;

namespace LayerGrad.Tokenizers.PostProcessors;

/// <summary>Takes the white space that byte-level tokens begin or end with out of their offsets.</summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="addPrefixSpace">Whether the first space may be one that the pre-tokenizer added and that stands for no text.</param>
internal sealed class ByteLevelPostProcessor(Vocabulary vocabulary, bool addPrefixSpace) : PostProcessor
{
    private static readonly char s_space = ByteCharacters.FromByte((byte)' ');

    public override IReadOnlyList<TokenBuffer> Process(IReadOnlyList<TokenBuffer> parts, bool addSpecialTokens)
    {
        foreach (var tokens in parts)
        {
            for (var i = 0; i < tokens.Ids.Count; i++)
            {
                if ((tokens.Texts[i] ?? vocabulary.TokenOf(tokens.Ids[i])) is { } token)
                    tokens.Offsets[i] = Trim(token, tokens.Offsets[i], isFirst: i == 0 || tokens.Offsets[i].Start == 0, tokens.Source);
            }
        }

        return parts;
    }

    private TokenOffset Trim(string token, TokenOffset offset, bool isFirst, string text)
    {
        var leading = 0;
        while (leading < token.Length && IsSpace(token[leading]))
            leading++;
        var trailing = 0;
        while (trailing < token.Length && IsSpace(token[^(trailing + 1)]))
            trailing++;
        // A single one is the one that was added; of several none was.
        if (leading == 1 && isFirst && addPrefixSpace)
            leading = 0;
        var start = offset.Start;
        for (; leading > 0 && start < offset.End; leading--)
            start += UnicodeText.LengthAt(text, start);
        var end = offset.End;
        for (; trailing > 0 && end > start; trailing--)
            end = StartOfCharacterBefore(text, end);
        return new TokenOffset(start, end);
    }

    private static int StartOfCharacterBefore(string text, int index) => index > 1 && UnicodeText.LengthAt(text, index - 2) == 2 ? index - 2 : index - 1;

    private static bool IsSpace(char character) => character == s_space || char.IsWhiteSpace(character);
}
