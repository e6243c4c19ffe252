using LayerGrad.Tokenizers.Normalizers;
using LayerGrad.Tokenizers.Patterns;

namespace LayerGrad.Tokenizers.PreTokenizers;

/// <summary>
/// The pre-tokenizer of byte-level BPE: GPT-2's split, and a space in front where asked for. That the characters then stand
/// for bytes is the model's concern here (<see cref="Models.ByteAlphabet"/>).
/// </summary>
/// <param name="addPrefixSpace">Whether text that does not begin with a space gets one.</param>
/// <param name="useExpression">Whether to split by GPT-2's pattern.</param>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useExpression) : PreTokenizer
{
    private readonly SplitPreTokenizer? split = useExpression ? new SplitPreTokenizer(new Gpt2Scanner(), SplitBehavior.Isolated, invert: false) : null;

    public override bool IsIdentity => split is null && !addPrefixSpace;

    public override void Split(TextPiece piece, List<TextPiece> parts)
    {
        if (addPrefixSpace && piece.Span[0] != ' ')
            piece = PrependNormalizer.Prepend(piece, " ");
        if (split is null)
            parts.Add(piece);
        else
            split.Split(piece, parts);
    }
}
