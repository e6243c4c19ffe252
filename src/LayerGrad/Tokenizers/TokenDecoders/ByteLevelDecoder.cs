using LayerGrad.Tokenizers.Models;

namespace LayerGrad.Tokenizers.TokenDecoders;

/// <summary>Reads the characters of byte-level tokens as bytes and those as UTF-8; what is not UTF-8 becomes U+FFFD.</summary>
internal sealed class ByteLevelDecoder : TokenDecoder
{
    public override List<string> Decode(List<string> tokens)
    {
        var bytes = new List<byte>();
        foreach (var token in tokens)
            ByteCharacters.AppendBytes(token, bytes);
        return [System.Text.Encoding.UTF8.GetString([.. bytes])];
    }
}
