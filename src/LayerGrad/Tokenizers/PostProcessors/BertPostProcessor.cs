namespace LayerGrad.Tokenizers.PostProcessors;

/// <summary>Writes BERT's special tokens around the text.</summary>
/// <param name="classId">The token before the text (CLS).</param>
/// <param name="separatorId">The token after it (SEP).</param>
/// <param name="separatesBefore">Whether parts after the first have the separator before them too, as RoBERTa's have.</param>
internal sealed class BertPostProcessor(int classId, int separatorId, bool separatesBefore) : PostProcessor
{
    public override IReadOnlyList<TokenBuffer> Process(IReadOnlyList<TokenBuffer> parts, bool addSpecialTokens)
    {
        if (!addSpecialTokens)
            return parts;
        var result = new List<TokenBuffer>(parts.Count);
        for (var i = 0; i < parts.Count; i++)
        {
            var part = new TokenBuffer();
            if (i == 0)
                part.AddSpecial([classId]);
            else if (separatesBefore)
                part.AddSpecial([separatorId]);
            part.AddAll(parts[i]);
            part.AddSpecial([separatorId]);
            result.Add(part);
        }

        return result;
    }
}
