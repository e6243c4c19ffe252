namespace LayerGrad.Tokenizers.TokenDecoders;

/// <summary>Turns tokens back into text, step by step.</summary>
internal abstract class TokenDecoder
{
    /// <summary>The tokens after this step; their concatenation after the last step is the text.</summary>
    public abstract List<string> Decode(List<string> tokens);
}

/// <summary>One decoder after the other.</summary>
internal sealed class SequenceDecoder(IReadOnlyList<TokenDecoder> steps) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) => steps.Aggregate(tokens, (current, step) => step.Decode(current));
}

/// <summary>Makes one token of all.</summary>
internal sealed class FuseDecoder : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) => [string.Concat(tokens)];
}

/// <summary>Replaces a text in every token.</summary>
internal sealed class ReplaceDecoder(string wanted, string replacement) : TokenDecoder
{
    public override List<string> Decode(List<string> tokens) =>
        wanted.Length == 0 ? tokens : tokens.ConvertAll(token => token.Replace(wanted, replacement, StringComparison.Ordinal));
}
