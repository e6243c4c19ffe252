namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>The normalisation of BERT: clean, set Chinese characters apart, strip accents, lower the case, each where asked for.</summary>
/// <param name="cleanText">Whether control characters are taken out and white space becomes spaces.</param>
/// <param name="handleChineseCharacters">Whether a Chinese character gets a space on both sides.</param>
/// <param name="stripAccents">Whether accents are taken off.</param>
/// <param name="lowercase">Whether letters become small.</param>
internal sealed class BertNormalizer(bool cleanText, bool handleChineseCharacters, bool stripAccents, bool lowercase) : Normalizer
{
    private readonly CanonicalNormalizer _decompose = new(compose: false);
    private readonly LowercaseNormalizer _lower = new();

    public override TextPiece Apply(TextPiece piece)
    {
        if (cleanText)
            piece = Clean(piece);
        if (handleChineseCharacters)
            piece = SetChineseApart(piece);
        if (stripAccents)
            piece = FilterNormalizer.Filter(_decompose.Apply(piece), codePoint => !LibraryCharacters.NonspacingMark.Contains(codePoint));
        return lowercase ? _lower.Apply(piece) : piece;
    }

    private static TextPiece Clean(TextPiece piece)
    {
        piece = FilterNormalizer.Filter(piece, codePoint => codePoint is '\t' or '\n' or '\r' || !(codePoint is 0 or 0xFFFD || LibraryCharacters.Other.Contains(codePoint)));
        return FilterNormalizer.Map(piece, codePoint => UnicodeText.IsWhiteSpace(codePoint) ? ' ' : codePoint);
    }

    private static TextPiece SetChineseApart(TextPiece piece)
    {
        var changes = new List<(int CodePoint, int Change)>(piece.Length);
        var found = false;
        foreach (var rune in piece.Span.EnumerateRunes())
        {
            if (!IsChinese(rune.Value))
            {
                changes.Add((rune.Value, 0));
                continue;
            }

            found = true;
            changes.Add((' ', 0));
            changes.Add((rune.Value, 1));
            changes.Add((' ', 1));
        }

        return found ? TextRewriter.Transform(piece, changes) : piece;
    }

    /// <summary>The blocks that BERT counts; Korean and Japanese syllables are not among them.</summary>
    private static bool IsChinese(int codePoint) => codePoint
        is (>= 0x4E00 and <= 0x9FFF) or (>= 0x3400 and <= 0x4DBF) or (>= 0x20000 and <= 0x2A6DF) or (>= 0x2A700 and <= 0x2B73F)
        or (>= 0x2B740 and <= 0x2B81F) or (>= 0x2B920 and <= 0x2CEAF) or (>= 0xF900 and <= 0xFAFF) or (>= 0x2F800 and <= 0x2FA1F);
}
