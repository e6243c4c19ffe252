using System.Text;

namespace LayerGrad.Tokenizers;

/// <summary>
/// Writes a changed copy of a piece from left to right and carries its alignment along. The rules for what an inserted or
/// replaced character is aligned with are those of Hugging Face's <c>NormalizedString</c>, so that offsets agree.
/// </summary>
internal sealed class TextRewriter(TextPiece source)
{
    private readonly StringBuilder _text = new(source.Length + 16);
    private readonly List<TokenOffset> _alignment = new(source.Length + 16);
    private readonly int _longest = LongestResult(source);
    private int _position;

    /// <summary>
    /// A changed copy of a whole piece as Hugging Face's <c>NormalizedString::transform</c> makes it.
    /// </summary>
    /// <param name="source">The piece.</param>
    /// <param name="changes">
    /// The new characters: 0 stands in place of the next source character, 1 is inserted, −n stands in place of the next one and swallows n more.
    /// </param>
    public static TextPiece Transform(TextPiece source, List<(int CodePoint, int Change)> changes)
    {
        var rewriter = new TextRewriter(source);
        foreach (var (codePoint, change) in changes)
        {
            if (change > 0 || rewriter._position >= source.Length)
                rewriter.Insert(codePoint);
            else
                rewriter.Replace(codePoint, -change);
        }

        rewriter.SkipUntil(source.Length);
        return rewriter.Finish();
    }

    /// <summary>Copies source characters until an index.</summary>
    /// <param name="end">Index into the source, in UTF-16 units.</param>
    public void CopyUntil(int end)
    {
        while (_position < end)
        {
            var length = UnicodeText.LengthAt(source.Span, _position);
            var origin = source.ToOriginal(_position, _position + length);
            for (var i = 0; i < length; i++)
            {
                _text.Append(source.Span[_position + i]);
                _alignment.Add(origin);
            }

            _position += length;
        }
    }

    /// <summary>Leaves source characters out until an index.</summary>
    /// <param name="end">Index into the source, in UTF-16 units.</param>
    public void SkipUntil(int end) => _position = end;

    /// <summary>Writes a character that is aligned with the source character before the current position.</summary>
    public void Insert(int codePoint)
    {
        if (_position == 0)
        {
            var start = source.Length == 0 ? 0 : source.ToOriginal(0, UnicodeText.LengthAt(source.Span, 0)).Start;
            Append(codePoint, new TokenOffset(start, start));
            return;
        }

        var length = _position > 1 ? UnicodeText.LengthAt(source.Span, _position - 2) : 1;
        Append(codePoint, source.ToOriginal(_position - length, _position));
    }

    /// <summary>Writes a character in place of the next source character, and leaves out some more after that.</summary>
    /// <param name="codePoint">The character to write.</param>
    /// <param name="removed">How many further source characters it stands for; they leave no trace in the alignment.</param>
    public void Replace(int codePoint, int removed = 0)
    {
        var length = UnicodeText.LengthAt(source.Span, _position);
        Append(codePoint, source.ToOriginal(_position, _position + length));
        _position += length;
        for (; removed > 0 && _position < source.Length; removed--)
            _position += UnicodeText.LengthAt(source.Span, _position);
    }

    /// <summary>Copies the rest and returns the changed piece.</summary>
    public TextPiece Finish()
    {
        CopyUntil(source.Length);
        return new TextPiece(_text.ToString(), 0, _text.Length, _alignment.ToArray());
    }

    /// <summary>
    /// How long the changed text may grow. The largest growth that normalisation itself has is 18 characters for one (NFKC of U+FDFA);
    /// rules that multiply a text again and again are refused before they fill the memory.
    /// </summary>
    /// <param name="source">The text before any of them.</param>
    public static int LongestResult(TextPiece source)
    {
        var original = source.Length == 0 ? 0 : Math.Abs((long)source.ToOriginal(0, source.Length).End - source.ToOriginal(0, source.Length).Start);
        return (int)Math.Min(1_000_000 + 20 * original, 100_000_000);
    }

    /// <summary>What is thrown where a text grows beyond <see cref="LongestResult"/>.</summary>
    /// <param name="longest">How long it may grow.</param>
    public static InputException TooLong(int longest) =>
        new($"the tokenizer's normalizer or pre-tokenizer makes more than {longest} characters of a text, which is more than LayerGrad takes; use another tokenizer");

    private void Append(int codePoint, TokenOffset origin)
    {
        if (_text.Length >= _longest)
            throw TooLong(_longest);
        if (codePoint < 0x10000)
        {
            _text.Append((char)codePoint);
        }
        else
        {
            _text.Append(char.ConvertFromUtf32(codePoint));
            _alignment.Add(origin);
        }

        _alignment.Add(origin);
    }
}
