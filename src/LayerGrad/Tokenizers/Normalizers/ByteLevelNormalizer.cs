using LayerGrad.Tokenizers.Models;

namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>Writes each byte of the text's UTF-8 as a character that can be seen (<see cref="ByteCharacters"/>).</summary>
internal sealed class ByteLevelNormalizer : Normalizer
{
    public override TextPiece Apply(TextPiece piece) => ToBytes(piece);

    /// <summary>The piece in bytes; each is aligned with its character.</summary>
    public static TextPiece ToBytes(TextPiece piece)
    {
        if (piece.Length == 0)
            return piece;
        var rewriter = new TextRewriter(piece);
        var text = piece.Span;
        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < text.Length; i += UnicodeText.LengthAt(text, i))
        {
            var count = UnicodeText.ToUtf8(UnicodeText.CodePointAt(text, i), bytes);
            rewriter.Replace(ByteCharacters.FromByte(bytes[0]));
            foreach (var value in bytes[1..count])
                rewriter.Insert(ByteCharacters.FromByte(value));
        }

        return rewriter.Finish();
    }
}
