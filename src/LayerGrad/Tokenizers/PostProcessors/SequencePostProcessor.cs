namespace LayerGrad.Tokenizers.PostProcessors;

/// <summary>One post-processor after the other.</summary>
internal sealed class SequencePostProcessor(IReadOnlyList<PostProcessor> steps) : PostProcessor
{
    public override void Process(TokenBuffer tokens, bool addSpecialTokens)
    {
        foreach (var step in steps)
            step.Process(tokens, addSpecialTokens);
    }
}
