namespace LayerGrad.Tokenizers.PostProcessors;

/// <summary>Finishes the tokens of a whole text.</summary>
internal abstract class PostProcessor
{
    /// <summary>Changes the tokens.</summary>
    /// <param name="tokens">The tokens of the text.</param>
    /// <param name="addSpecialTokens">Whether special tokens are added.</param>
    public abstract void Process(TokenBuffer tokens, bool addSpecialTokens);
}
