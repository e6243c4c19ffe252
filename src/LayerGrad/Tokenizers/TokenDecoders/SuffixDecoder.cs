namespace LayerGrad.Tokenizers.TokenDecoders;

/// <summary>Turns the suffix of tokens that end a word into a space; the last token's into nothing.</summary>
/// <param name="suffix">The suffix.</param>
internal sealed class SuffixDecoder(string suffix) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) => suffix.Length == 0
        ? tokens
        : [.. tokens.Select((token, position) => token.Replace(suffix, position == tokens.Count - 1 ? "" : " ", StringComparison.Ordinal))];
}
