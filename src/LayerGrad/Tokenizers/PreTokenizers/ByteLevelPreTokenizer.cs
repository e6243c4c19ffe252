using LayerGrad.Tokenizers.Normalizers;
using LayerGrad.Tokenizers.Patterns;

namespace LayerGrad.Tokenizers.PreTokenizers;

/// <summary>
/// The pre-tokenizer of byte-level BPE: GPT-2's split, and a space in front where asked for; then every byte becomes a character. Where nothing
/// comes after it and the vocabulary knows every byte, the model can read the bytes itself (<see cref="Models.ByteAlphabet"/>), which is faster.
/// </summary>
/// <param name="addPrefixSpace">Whether text that does not begin with a space gets one.</param>
/// <param name="useExpression">Whether to split by GPT-2's pattern.</param>
/// <param name="writesBytes">Whether to turn bytes into characters here.</param>
internal sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useExpression, bool writesBytes) : PreTokenizer
{
    private readonly SplitPreTokenizer? _split = useExpression ? new SplitPreTokenizer(new Gpt2Scanner(), SplitBehavior.Isolated, invert: false) : null;

    public override bool IsIdentity => _split is null && !addPrefixSpace && !writesBytes;

    public override void Split(TextPiece piece, List<TextPiece> parts)
    {
        if (addPrefixSpace && piece.Span[0] != ' ')
            piece = PrependNormalizer.Prepend(piece, " ");
        var first = parts.Count;
        if (_split is null)
            parts.Add(piece);
        else
            _split.Split(piece, parts);
        for (var i = first; writesBytes && i < parts.Count; i++)
            parts[i] = ByteLevelNormalizer.ToBytes(parts[i]);
    }
}
