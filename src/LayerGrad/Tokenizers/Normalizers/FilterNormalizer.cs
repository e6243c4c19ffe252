namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>Takes characters out of the text, each by itself, and writes others in their place.</summary>
/// <param name="keep">Whether a code point stays.</param>
/// <param name="map">What stands in place of a code point that stays, or null where that is itself.</param>
internal sealed class FilterNormalizer(Func<int, bool> keep, Func<int, int>? map = null) : Normalizer
{
    /// <summary>Takes all combining marks out (<c>StripAccents</c>).</summary>
    public static FilterNormalizer StripAccents { get; } = new(codePoint => !LibraryCharacters.Mark.Contains(codePoint));

    /// <summary>The clean-up of SentencePiece's rule <c>nmt</c> (<c>Nmt</c>).</summary>
    public static FilterNormalizer Nmt { get; } = new(
        codePoint => codePoint is not ((>= 0x01 and <= 0x08) or 0x0B or (>= 0x0E and <= 0x1F) or 0x7F or 0x8F or 0x9F),
        codePoint => codePoint is 0x09 or 0x0A or 0x0C or 0x0D or 0x1680 or (>= 0x200B and <= 0x200F) or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD
            ? ' '
            : codePoint);

    public override TextPiece Apply(TextPiece piece)
    {
        piece = Filter(piece, keep);
        return map is null ? piece : Map(piece, map);
    }

    /// <summary>The piece with only those characters that stay.</summary>
    public static TextPiece Filter(TextPiece piece, Func<int, bool> keep)
    {
        TextRewriter? rewriter = null;
        var text = piece.Span;
        for (var i = 0; i < text.Length; i += UnicodeText.LengthAt(text, i))
        {
            if (keep(UnicodeText.CodePointAt(text, i)))
                continue;
            rewriter ??= new TextRewriter(piece);
            rewriter.CopyUntil(i);
            rewriter.SkipUntil(i + UnicodeText.LengthAt(text, i));
        }

        return rewriter?.Finish() ?? piece;
    }

    /// <summary>The piece with each character replaced by another.</summary>
    public static TextPiece Map(TextPiece piece, Func<int, int> map)
    {
        TextRewriter? rewriter = null;
        var text = piece.Span;
        for (var i = 0; i < text.Length; i += UnicodeText.LengthAt(text, i))
        {
            var codePoint = UnicodeText.CodePointAt(text, i);
            var mapped = map(codePoint);
            if (mapped == codePoint)
                continue;
            rewriter ??= new TextRewriter(piece);
            rewriter.CopyUntil(i);
            rewriter.Replace(mapped);
        }

        return rewriter?.Finish() ?? piece;
    }
}
