using LayerGrad.Tokenizers.Models;

namespace LayerGrad.Tokenizers.PostProcessors;

/// <summary>Takes the white space that byte-level tokens begin or end with out of their offsets.</summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="addPrefixSpace">Whether the first space may be one that the pre-tokenizer added and that stands for no text.</param>
internal sealed class ByteLevelPostProcessor(Vocabulary vocabulary, bool addPrefixSpace) : PostProcessor
{
    private static readonly char Space = ByteCharacters.FromByte((byte)' ');

    public override void Process(TokenBuffer tokens, bool addSpecialTokens)
    {
        for (var i = 0; i < tokens.Ids.Count; i++)
        {
            if (vocabulary.TokenOf(tokens.Ids[i]) is { } token)
                tokens.Offsets[i] = Trim(token, tokens.Offsets[i], isFirst: i == 0 || tokens.Offsets[i].Start == 0);
        }
    }

    private TokenOffset Trim(string token, TokenOffset offset, bool isFirst)
    {
        var leading = 0;
        while (leading < token.Length && IsSpace(token[leading]))
            leading++;
        var trailing = 0;
        while (trailing < token.Length && IsSpace(token[^(trailing + 1)]))
            trailing++;
        if (leading > 0 && isFirst && addPrefixSpace)
            leading--;
        var start = Math.Min(offset.Start + leading, offset.End);
        var end = offset.End >= trailing ? Math.Max(offset.End - trailing, start) : offset.End;
        return new TokenOffset(start, end);
    }

    private static bool IsSpace(char character) => character == Space || char.IsWhiteSpace(character);
}
