namespace LayerGrad.Tokenizers.PostProcessors;

/// <summary>
/// Finishes the tokens of a whole text. What one step adds stays a part of its own until the end, as in Hugging Face's tokenizers: the next
/// step sees several parts, and treats the first token of each as a first one.
/// </summary>
internal abstract class PostProcessor
{
    /// <summary>The changed parts.</summary>
    /// <param name="parts">The tokens of the text, in one part or more; they may be changed.</param>
    /// <param name="addSpecialTokens">Whether special tokens are added.</param>
    /// <exception cref="InputException">It cannot work on so many parts.</exception>
    public abstract IReadOnlyList<TokenBuffer> Process(IReadOnlyList<TokenBuffer> parts, bool addSpecialTokens);
}
