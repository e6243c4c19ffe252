using System.Text;

namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>Small letters in place of capital ones, character by character (the final sigma of Greek is not told apart).</summary>
internal sealed class LowercaseNormalizer : Normalizer
{
    private const int CapitalIWithDot = 0x130;
    private const int DotAbove = 0x307;

    public override TextPiece Apply(TextPiece piece)
    {
        TextRewriter? rewriter = null;
        var text = piece.Span;
        for (var i = 0; i < text.Length; i += UnicodeText.LengthAt(text, i))
        {
            var codePoint = UnicodeText.CodePointAt(text, i);
            var lower = Lower(codePoint);
            if (lower == codePoint)
                continue;
            rewriter ??= new TextRewriter(piece);
            rewriter.CopyUntil(i);
            rewriter.Replace(lower);
            // The only character of Unicode whose small form is two.
            if (codePoint == CapitalIWithDot)
                rewriter.Insert(DotAbove);
        }

        return rewriter?.Finish() ?? piece;
    }

    private static int Lower(int codePoint) =>
        codePoint == CapitalIWithDot ? 'i' : Rune.TryCreate(codePoint, out var rune) ? Rune.ToLowerInvariant(rune).Value : codePoint;
}
