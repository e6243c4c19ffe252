using LayerGrad.Tokenizers.Normalizers;

namespace LayerGrad.Tokenizers;

/// <summary>The added tokens of a tokenizer, and how text is cut at them.</summary>
internal sealed class AddedVocabulary
{
    private readonly Dictionary<string, AddedToken> byContent = [];
    private readonly Dictionary<int, AddedToken> byId = [];
    private readonly Normalizer? normalizer;
    private readonly AddedTokenMatcher raw;
    private readonly AddedTokenMatcher? normalized;

    /// <summary>Prepares the search for the tokens.</summary>
    /// <param name="tokens">The added tokens; of several with one content or one id the last counts.</param>
    /// <param name="normalizer">What normalises the text between them.</param>
    public AddedVocabulary(IEnumerable<AddedToken> tokens, Normalizer? normalizer)
    {
        this.normalizer = normalizer;
        foreach (var token in tokens)
        {
            if (token.Content.Length == 0)
                continue;
            byContent[token.Content] = token;
            byId[token.Id] = token;
        }

        raw = new AddedTokenMatcher(byId.Values.Where(token => !token.Normalized).Select(token => (token.Content, token)));
        var inNormalized = byId.Values.Where(token => token.Normalized).Select(token => (Normalize(token.Content), token)).ToList();
        normalized = inNormalized.Count > 0 ? new AddedTokenMatcher(inNormalized) : null;
    }

    /// <summary>The highest id + 1.</summary>
    public int Size => byId.Count == 0 ? 0 : byId.Keys.Max() + 1;

    /// <summary>The added token with this text, or null.</summary>
    public AddedToken? Find(string content) => byContent.GetValueOrDefault(content);

    /// <summary>The added token with this id, or null.</summary>
    public AddedToken? Find(int id) => byId.GetValueOrDefault(id);

    /// <summary>Cuts a text at the added tokens and normalises what lies between them.</summary>
    public List<(TextPiece Piece, AddedToken? Token)> Cut(string text)
    {
        var segments = new List<(TextPiece, AddedToken?)>();
        raw.Cut(TextPiece.Whole(text), segments);
        if (normalizer is null && normalized is null)
            return segments;
        var result = new List<(TextPiece, AddedToken?)>(segments.Count);
        foreach (var (piece, token) in segments)
        {
            if (token is not null)
            {
                result.Add((piece, token));
                continue;
            }

            var changed = normalizer?.Apply(piece) ?? piece;
            if (normalized is not null)
                normalized.Cut(changed, result);
            else if (changed.Length > 0)
                result.Add((changed, null));
        }

        return result;
    }

    private string Normalize(string content)
    {
        if (normalizer is null)
            return content;
        var changed = normalizer.Apply(TextPiece.Whole(content)).Span.ToString();
        return changed.Length > 0 ? changed : throw new InputException($"the added token \"{content}\" is empty once it is normalised; give it \"normalized\": false");
    }
}
