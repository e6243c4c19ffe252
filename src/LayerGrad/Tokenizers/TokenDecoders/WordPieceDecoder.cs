namespace LayerGrad.Tokenizers.TokenDecoders;

/// <summary>Joins the tokens of WordPiece: those that begin with the prefix to the token before, the others with a space.</summary>
/// <param name="prefix">What a token that continues a word begins with.</param>
/// <param name="cleanup">Whether spaces before punctuation and English contractions are taken out.</param>
internal sealed class WordPieceDecoder(string prefix, bool cleanup) : TokenDecoder
{
    private static readonly (string Old, string New)[] s_cleanups =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
        (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    public override List<string> Decode(List<string> tokens)
    {
        var decoded = new List<string>(tokens.Count);
        foreach (var token in tokens)
        {
            var text = decoded.Count == 0 ? token
                : token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..]
                : " " + token;
            decoded.Add(cleanup ? s_cleanups.Aggregate(text, (current, rule) => current.Replace(rule.Old, rule.New, StringComparison.Ordinal)) : text);
        }

        return decoded;
    }
}
