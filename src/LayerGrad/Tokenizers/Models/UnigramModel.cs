namespace LayerGrad.Tokenizers.Models;

/// <summary>
/// The unigram language model of SentencePiece (Kudo 2018): of all ways to cut a word into tokens the one with the highest sum of scores
/// (Viterbi), as <c>encode_optimized</c> of Hugging Face's tokenizers finds it. A character that is no token costs the lowest score less 10;
/// neighbouring unknown characters are one token, or the bytes of all of them.
/// </summary>
internal sealed class UnigramModel : TokenizerModel
{
    private const double UnknownPenalty = 10;

    private readonly double[] _scores;
    private readonly UnknownToken _unknown;
    private readonly int[]? _byteIds;
    private readonly double _unknownScore;
    private readonly TokenTrie _trie;

    /// <summary>Makes a model.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="scores">The score of each id.</param>
    /// <param name="unknown">The token for what is unknown.</param>
    /// <param name="byteFallback">Whether what is unknown is spelt in bytes where all of them have a token.</param>
    public UnigramModel(Vocabulary vocabulary, double[] scores, UnknownToken unknown, bool byteFallback)
        : base(vocabulary)
    {
        _scores = scores;
        _unknown = unknown;
        _byteIds = byteFallback ? CharacterAlphabet.FindByteTokens(vocabulary) : null;
        _unknownScore = (scores.Length == 0 ? double.PositiveInfinity : scores.Min()) - UnknownPenalty;
        _trie = new TokenTrie(vocabulary.Ids);
    }

    protected override void FindTokens(ReadOnlySpan<char> word, EncodingWorkspace workspace)
    {
        var path = workspace.Path;
        path.Reset(word.Length + 1);
        for (int start = 0, length; start < word.Length; start += length)
        {
            length = UnicodeText.LengthAt(word, start);
            ExtendPath(word, start, length, path);
        }

        for (var end = word.Length; end > 0;)
        {
            var start = path.StartOf(end);
            var isUnknown = path.IdOf(end) == _unknown.KnownId;
            while (isUnknown && start > 0 && path.IdOf(start) == _unknown.KnownId)
                start = path.StartOf(start);
            AddBackwards(word, start, end, isUnknown ? -1 : path.IdOf(end), workspace.WordTokens);
            end = start;
        }

        workspace.WordTokens.Reverse();
    }

    /// <summary>Offers all tokens that begin at a character as the last of the best path to their end.</summary>
    private void ExtendPath(ReadOnlySpan<char> word, int start, int characterLength, BestPath path)
    {
        var before = path.ScoreOf(start);
        var isToken = false;
        var node = TokenTrie.Root;
        for (var i = start; i < word.Length && _trie.TryStep(ref node, word[i]); i++)
        {
            if (_trie.TokenAt(node) is not (var id and >= 0))
                continue;
            path.Offer(start, i + 1, id, _scores[id] + before);
            isToken |= i + 1 - start == characterLength;
        }

        if (!isToken && path.IsBetter(start + characterLength, _unknownScore + before))
            path.Offer(start, start + characterLength, _unknown.Id, _unknownScore + before);
    }

    /// <summary>Adds the token or tokens of a stretch, the last first. Unknown stretches that are a token together are that token.</summary>
    private void AddBackwards(ReadOnlySpan<char> word, int start, int end, int id, List<WordToken> tokens)
    {
        var text = word[start..end];
        if (id < 0)
            id = Vocabulary.Find(text);
        if (id >= 0)
        {
            tokens.Add(new WordToken(id, start, end));
            return;
        }

        byte[] bytes = _byteIds is null ? [] : System.Text.Encoding.UTF8.GetBytes(text.ToString());
        if (bytes.Length == 0 || bytes.Any(value => _byteIds![value] < 0))
        {
            tokens.Add(new WordToken(_unknown.Id, start, end, IsOwnText: true));
            return;
        }

        for (var i = bytes.Length - 1; i >= 0; i--)
            tokens.Add(new WordToken(_byteIds![bytes[i]], start, end));
    }
}
