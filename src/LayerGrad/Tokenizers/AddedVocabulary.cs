using LayerGrad.Tokenizers.Normalizers;

namespace LayerGrad.Tokenizers;

/// <summary>The added tokens of a tokenizer, and how text is cut at them.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<string, AddedToken> _byContent = [];
    private readonly Dictionary<int, AddedToken> _byId = [];
    private readonly Normalizer? _normalizer;
    private readonly AddedTokenMatcher _raw;
    private readonly AddedTokenMatcher? _normalized;

    /// <summary>Prepares the search for the tokens.</summary>
    /// <param name="tokens">The added tokens; of several with one content or one id the last counts.</param>
    /// <param name="normalizer">What normalises the text between them.</param>
    /// <param name="splitsSpecial">Whether special tokens in a text are cut as any other text.</param>
    public AddedVocabulary(IEnumerable<AddedToken> tokens, Normalizer? normalizer, bool splitsSpecial = false)
    {
        _normalizer = normalizer;
        foreach (var token in tokens)
        {
            if (token.Content.Length == 0)
                continue;
            _byContent[token.Content] = token;
            _byId[token.Id] = token;
        }

        _raw = new AddedTokenMatcher(_byId.Values.Where(token => !token.Normalized).Select(token => (token.Content, token)), splitsSpecial);
        var inNormalized = _byId.Values.Where(token => token.Normalized).Select(token => (Normalize(token.Content), token)).ToList();
        _normalized = inNormalized.Count > 0 ? new AddedTokenMatcher(inNormalized, splitsSpecial) : null;
    }

    /// <summary>The highest id + 1.</summary>
    public int Size => _byId.Count == 0 ? 0 : _byId.Keys.Max() + 1;

    /// <summary>The added token with this text, or null.</summary>
    public AddedToken? Find(string content) => _byContent.GetValueOrDefault(content);

    /// <summary>The added token with this id, or null.</summary>
    public AddedToken? Find(int id) => _byId.GetValueOrDefault(id);

    /// <summary>Cuts a text at the added tokens and normalises what lies between them.</summary>
    public List<(TextPiece Piece, AddedToken? Token)> Cut(string text)
    {
        var segments = new List<(TextPiece, AddedToken?)>();
        _raw.Cut(TextPiece.Whole(text), segments);
        if (_normalizer is null && _normalized is null)
            return segments;
        var result = new List<(TextPiece, AddedToken?)>(segments.Count);
        foreach (var (piece, token) in segments)
        {
            if (token is not null)
            {
                result.Add((piece, token));
                continue;
            }

            var changed = _normalizer?.Apply(piece) ?? piece;
            if (_normalized is not null)
                _normalized.Cut(changed, result);
            else if (changed.Length > 0)
                result.Add((changed, null));
        }

        return result;
    }

    private string Normalize(string content)
    {
        if (_normalizer is null)
            return content;
        var changed = _normalizer.Apply(TextPiece.Whole(content)).Span.ToString();
        return changed.Length > 0 ? changed : throw new InputException($"the added token \"{content}\" is empty once it is normalised; give it \"normalized\": false");
    }
}
