namespace LayerGrad.Tokenizers.PostProcessors;

/// <summary>Writes special tokens around the text by a template.</summary>
/// <param name="single">The template for one part: special tokens, or the part itself (null).</param>
/// <param name="pair">The template for two parts, which only an earlier step can have made.</param>
internal sealed class TemplatePostProcessor(IReadOnlyList<TemplatePostProcessor.Piece> single, IReadOnlyList<TemplatePostProcessor.Piece> pair) : PostProcessor
{
    /// <summary>A template for one part.</summary>
    /// <param name="before">Ids of the tokens before the text.</param>
    /// <param name="after">Ids of the tokens after it.</param>
    public TemplatePostProcessor(int[] before, int[] after)
        : this([new Piece(0, before), new Piece(0, null), new Piece(0, after)], [])
    {
    }

    public override IReadOnlyList<TokenBuffer> Process(IReadOnlyList<TokenBuffer> parts, bool addSpecialTokens)
    {
        var template = parts.Count switch
        {
            1 => single,
            2 => pair,
            _ => throw new InputException($"a TemplateProcessing cannot follow a post-processor that makes {parts.Count} parts of a text"),
        };
        var result = new List<TokenBuffer>(template.Count);
        foreach (var (sequence, ids) in template)
        {
            if (ids is null)
            {
                result.Add(sequence < parts.Count ? Copy(parts[sequence]) : throw new InputException("a TemplateProcessing writes sequence B of a single text"));
            }
            else if (addSpecialTokens)
            {
                var special = new TokenBuffer();
                special.AddSpecial(ids);
                result.Add(special);
            }
        }

        return result;
    }

    /// <summary>A copy, since a template may write a part twice and later steps change parts.</summary>
    private static TokenBuffer Copy(TokenBuffer part)
    {
        var copy = new TokenBuffer();
        copy.AddAll(part);
        return copy;
    }

    /// <summary>A piece of a template.</summary>
    /// <param name="Sequence">Which part it writes.</param>
    /// <param name="Ids">The special tokens that it writes instead, or null.</param>
    internal readonly record struct Piece(int Sequence, int[]? Ids);
}
