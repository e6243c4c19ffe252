namespace LayerGrad.Tokenizers;

/// <summary>A text as tokens.</summary>
/// <param name="Ids">The ids of the tokens.</param>
/// <param name="Offsets">For each token the stretch of text that it stands for, in UTF-16 units; (0, 0) for special tokens that the tokenizer added.</param>
internal sealed record Encoding(int[] Ids, TokenOffset[] Offsets)
{
    /// <summary>The offsets counted in Unicode code points, as Hugging Face's tokenizers report them.</summary>
    /// <param name="text">The text that was encoded.</param>
    /// <returns>One offset a token.</returns>
    public TokenOffset[] OffsetsInCodePoints(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var codePoints = new int[text.Length + 1];
        for (int i = 0, count = 0; i < text.Length; count++)
        {
            var length = UnicodeText.LengthAt(text, i);
            codePoints.AsSpan(i, length).Fill(count);
            i += length;
            codePoints[i] = count + 1;
        }

        return Array.ConvertAll(Offsets, offset => new TokenOffset(codePoints[offset.Start], codePoints[offset.End]));
    }
}
