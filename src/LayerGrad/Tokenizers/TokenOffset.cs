namespace LayerGrad.Tokenizers;

/// <summary>The stretch of text that a token stands for: half-open, in UTF-16 units of the encoded string; (0, 0) for a token that stands for no text.</summary>
/// <param name="Start">Where it starts.</param>
/// <param name="End">Where it ends; the unit there is not part of it.</param>
internal readonly record struct TokenOffset(int Start, int End);
