using LayerGrad.Tokenizers.Normalizers;
using LayerGrad.Tokenizers.Patterns;

namespace LayerGrad.Tokenizers.PreTokenizers;

/// <summary>When a mark for the space is written in front of a text.</summary>
internal enum PrependScheme
{
    /// <summary>Never.</summary>
    Never,

    /// <summary>Only at the beginning of the whole text.</summary>
    First,

    /// <summary>At the beginning of every piece.</summary>
    Always,
}

/// <summary>SentencePiece's handling of spaces: each becomes a visible mark, which then begins a part.</summary>
/// <param name="mark">The mark, usually U+2581.</param>
/// <param name="prepend">When a mark is written in front.</param>
/// <param name="splits">Whether to split before each mark.</param>
internal sealed class MetaspacePreTokenizer(string mark, PrependScheme prepend, bool splits) : PreTokenizer
{
    private readonly ReplaceNormalizer _replace = new(new LiteralPattern(" "), mark);
    private readonly SplitPreTokenizer _split = new(new LiteralPattern(mark), SplitBehavior.MergedWithNext, invert: false);

    public override void Split(TextPiece piece, List<TextPiece> parts)
    {
        var isFirst = piece.ToOriginal(0, UnicodeText.LengthAt(piece.Span, 0)).Start == 0;
        piece = _replace.Apply(piece);
        var prepends = prepend == PrependScheme.Always || (prepend == PrependScheme.First && isFirst);
        if (prepends && !piece.Span.StartsWith(mark, StringComparison.Ordinal))
            piece = PrependNormalizer.Prepend(piece, mark);
        if (splits)
            _split.Split(piece, parts);
        else
            parts.Add(piece);
    }
}
