namespace LayerGrad.Tokenizers.Models;

/// <summary>
/// WordPiece (Wu et al. 2016, as BERT encodes): from the left, always the longest token that fits, those after the first with a prefix; a
/// word that cannot be cut so, or is too long, is unknown.
/// </summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="unknown">The token for unknown words.</param>
/// <param name="prefix">What a token that continues a word begins with.</param>
/// <param name="longestWord">The number of characters above which a word is unknown.</param>
internal sealed class WordPieceModel(Vocabulary vocabulary, UnknownToken unknown, string prefix, int longestWord) : TokenizerModel(vocabulary)
{
    protected override void FindTokens(ReadOnlySpan<char> word, EncodingWorkspace workspace)
    {
        if (!IsTooLong(word) && TryCut(word, workspace.WordTokens))
            return;
        workspace.WordTokens.Clear();
        workspace.WordTokens.Add(new WordToken(unknown.Id, 0, word.Length));
    }

    private bool IsTooLong(ReadOnlySpan<char> word)
    {
        if (word.Length <= longestWord)
            return false;
        var characters = 0;
        for (var i = 0; i < word.Length; i += UnicodeText.LengthAt(word, i))
            characters++;
        return characters > longestWord;
    }

    private bool TryCut(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        var candidate = new char[Vocabulary.LongestToken + prefix.Length];
        for (int start = 0, length; start < word.Length; start += length)
        {
            var before = start == 0 ? 0 : prefix.Length;
            length = Math.Min(word.Length - start, Math.Max(Vocabulary.LongestToken - before, 0));
            prefix.AsSpan(0, before).CopyTo(candidate);
            word.Slice(start, length).CopyTo(candidate.AsSpan(before));
            var id = -1;
            while (length > 0 && (id = Vocabulary.Find(candidate.AsSpan(0, before + length))) < 0)
                length--;
            if (id < 0)
                return false;
            tokens.Add(new WordToken(id, start, start + length));
        }

        return true;
    }
}
