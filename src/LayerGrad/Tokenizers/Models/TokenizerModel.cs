namespace LayerGrad.Tokenizers.Models;

/// <summary>Turns the pieces of a text into tokens.</summary>
/// <param name="vocabulary">The tokens.</param>
internal abstract class TokenizerModel(Vocabulary vocabulary)
{
    private const int LongestCachedWord = 64;

    /// <summary>The tokens.</summary>
    public Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>Adds the tokens of a piece.</summary>
    public virtual void Encode(TextPiece piece, EncodingWorkspace workspace) => EncodeWord(piece, workspace);

    /// <summary>Adds the tokens of a piece that is encoded as one.</summary>
    protected void EncodeWord(TextPiece piece, EncodingWorkspace workspace)
    {
        var word = piece.Span;
        if (word.Length <= LongestCachedWord)
        {
            Add(Cached(word, workspace), piece, workspace.Tokens);
            return;
        }

        workspace.WordTokens.Clear();
        FindTokens(word, workspace);
        Add(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(workspace.WordTokens), piece, workspace.Tokens);
    }

    /// <summary>Finds the tokens of a word, which is not empty, and adds them to the workspace's word tokens.</summary>
    protected abstract void FindTokens(ReadOnlySpan<char> word, EncodingWorkspace workspace);

    private static void Add(ReadOnlySpan<WordToken> found, TextPiece piece, TokenBuffer tokens)
    {
        foreach (var (id, start, end, isOwnText) in found)
            tokens.Add(id, piece.ToOriginal(start, end), isOwnText ? piece.Slice(start, end - start).Span.ToString() : null);
    }

    private ReadOnlySpan<WordToken> Cached(ReadOnlySpan<char> word, EncodingWorkspace workspace)
    {
        if (workspace.Cache.TryGet(word, out var tokens))
            return tokens;
        workspace.WordTokens.Clear();
        FindTokens(word, workspace);
        return workspace.Cache.Add(word, workspace.WordTokens);
    }
}
