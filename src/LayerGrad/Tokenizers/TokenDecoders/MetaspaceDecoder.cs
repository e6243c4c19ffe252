namespace LayerGrad.Tokenizers.TokenDecoders;

/// <summary>Turns SentencePiece's marks back into spaces.</summary>
/// <param name="mark">The mark, usually U+2581.</param>
/// <param name="prepended">Whether the first one was written in front of the text and stands for no space.</param>
internal sealed class MetaspaceDecoder(string mark, bool prepended) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var decoded = tokens.ConvertAll(token => token.Replace(mark, " ", StringComparison.Ordinal));
        if (prepended && tokens.Count > 0 && tokens[0].StartsWith(mark, StringComparison.Ordinal))
            decoded[0] = decoded[0][1..];
        return decoded;
    }
}
