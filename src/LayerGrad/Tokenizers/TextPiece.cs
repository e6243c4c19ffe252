namespace LayerGrad.Tokenizers;

/// <summary>
/// A stretch of text on its way through the tokenizer, which knows for each of its characters where in the user's text it
/// came from. As long as no normalizer has changed anything, the piece is a window on the user's text itself.
/// </summary>
/// <param name="Text">The string that the piece is a window on.</param>
/// <param name="Start">Where the window starts.</param>
/// <param name="Length">Its length.</param>
/// <param name="Alignment">For each unit of <paramref name="Text"/> the stretch of the user's text it came from; null where it is the user's text.</param>
internal readonly record struct TextPiece(string Text, int Start, int Length, TokenOffset[]? Alignment)
{
    /// <summary>The user's whole text.</summary>
    public static TextPiece Whole(string text) => new(text, 0, text.Length, Alignment: null);

    /// <summary>The characters of the piece.</summary>
    public ReadOnlySpan<char> Span => Text.AsSpan(Start, Length);

    /// <summary>A part of the piece.</summary>
    public TextPiece Slice(int start, int length) => this with { Start = Start + start, Length = length };

    /// <summary>The stretch of the user's text that the units [start, end) of the piece came from; they are whole characters and at least one.</summary>
    public TokenOffset ToOriginal(int start, int end) => Alignment is null
        ? new TokenOffset(Start + start, Start + end)
        : new TokenOffset(Alignment[Start + start].Start, Alignment[Start + end - 1].End);
}
