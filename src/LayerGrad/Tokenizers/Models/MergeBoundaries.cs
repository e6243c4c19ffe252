namespace LayerGrad.Tokenizers.Models;

/// <summary>
/// Places in a text that no merge can reach across, because no merge joins a token that ends in the one character with a
/// token that begins with the other. The stretches between them can be encoded each by itself, with the same result: that
/// is what lets SentencePiece-style models, which do not split text, find most words in the cache.
/// </summary>
internal sealed class MergeBoundaries
{
    private readonly HashSet<uint> _joined = [];

    /// <summary>Collects the pairs of characters that merges join.</summary>
    /// <param name="vocabulary">The tokens, each written as the text that it stands for.</param>
    /// <param name="merges">The merges.</param>
    public MergeBoundaries(Vocabulary vocabulary, IEnumerable<Merge> merges)
    {
        foreach (var merge in merges)
            _joined.Add(Key(vocabulary.TokenOf(merge.Left)![^1], vocabulary.TokenOf(merge.Right)![0]));
    }

    /// <summary>The next boundary after a start, at most the end of the text.</summary>
    public int FindNext(ReadOnlySpan<char> text, int start)
    {
        for (var i = start + 1; i < text.Length; i++)
        {
            if (!char.IsLowSurrogate(text[i]) && !_joined.Contains(Key(text[i - 1], text[i])))
                return i;
        }

        return text.Length;
    }

    private static uint Key(char left, char right) => (uint)left << 16 | right;
}
