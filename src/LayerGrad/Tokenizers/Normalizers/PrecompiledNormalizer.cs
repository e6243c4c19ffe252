using System.Globalization;

namespace LayerGrad.Tokenizers.Normalizers;

/// <summary>
/// The rewriting rules of a SentencePiece model. As in Hugging Face's tokenizers, a grapheme cluster of fewer than six bytes of
/// UTF-8 is rewritten by the first rule that fits its beginning, and of longer ones each character by itself.
/// </summary>
/// <param name="rules">The rules.</param>
internal sealed class PrecompiledNormalizer(PrecompiledRules rules) : Normalizer
{
    private const int LongestCluster = 5;

    public override TextPiece Apply(TextPiece piece)
    {
        var text = piece.Span;
        var changes = new List<(int CodePoint, int Change)>(text.Length);
        var modified = false;
        for (var i = 0; i < text.Length;)
        {
            var length = StringInfo.GetNextTextElementLength(text[i..]);
            modified |= Rewrite(text.Slice(i, length), changes);
            i += length;
        }

        return modified ? TextRewriter.Transform(piece, changes) : piece;
    }

    private bool Rewrite(ReadOnlySpan<char> cluster, List<(int CodePoint, int Change)> changes)
    {
        Span<byte> bytes = stackalloc byte[3 * LongestCluster];
        if (cluster.Length <= LongestCluster)
        {
            var count = System.Text.Encoding.UTF8.GetBytes(cluster, bytes);
            if (count <= LongestCluster && rules.Find(bytes[..count]) is { } whole)
            {
                Replace(cluster, whole, changes);
                return true;
            }
        }

        var modified = false;
        for (int i = 0, length; i < cluster.Length; i += length)
        {
            length = UnicodeText.LengthAt(cluster, i);
            var codePoint = UnicodeText.CodePointAt(cluster, i);
            if (rules.Find(bytes[..UnicodeText.ToUtf8(codePoint, bytes)]) is { } replacement)
            {
                Replace(cluster.Slice(i, length), replacement, changes);
                modified = true;
            }
            else
            {
                changes.Add((codePoint, 0));
            }
        }

        return modified;
    }

    /// <summary>
    /// What the library makes of a replacement: characters beyond the replaced ones count as inserted, missing ones as swallowed
    /// by the character before, which is that of an earlier replacement where this one is empty.
    /// </summary>
    private static void Replace(ReadOnlySpan<char> old, string replacement, List<(int CodePoint, int Change)> changes)
    {
        var removed = 0;
        foreach (var _ in old.EnumerateRunes())
            removed++;
        var difference = -removed;
        foreach (var rune in replacement.EnumerateRunes())
        {
            changes.Add((rune.Value, 0));
            difference++;
        }

        for (var i = 1; i <= difference; i++)
            changes[^i] = (changes[^i].CodePoint, 1);
        if (difference < 0 && changes.Count > 0)
            changes[^1] = (changes[^1].CodePoint, changes[^1].Change + difference);
    }
}
