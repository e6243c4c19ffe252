namespace LayerGrad.Tokenizers.PostProcessors;

/// <summary>Writes special tokens before and after the text.</summary>
/// <param name="before">Ids of the tokens before it.</param>
/// <param name="after">Ids of the tokens after it.</param>
internal sealed class TemplatePostProcessor(int[] before, int[] after) : PostProcessor
{
    public override void Process(TokenBuffer tokens, bool addSpecialTokens)
    {
        if (!addSpecialTokens)
            return;
        tokens.Ids.InsertRange(0, before);
        tokens.Offsets.InsertRange(0, new TokenOffset[before.Length]);
        tokens.Ids.AddRange(after);
        tokens.Offsets.AddRange(new TokenOffset[after.Length]);
    }
}
