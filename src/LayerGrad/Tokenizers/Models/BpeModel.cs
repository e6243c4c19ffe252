namespace LayerGrad.Tokenizers.Models;

/// <summary>Byte-pair encoding (Sennrich et al. 2016): spells a word in its alphabet and applies the merges, the earliest first.</summary>
internal sealed class BpeModel
{
    private const int LongestCachedWord = 64;
    private readonly Alphabet alphabet;
    private readonly MergeTable merges;
    private readonly MergeBoundaries? boundaries;
    private readonly bool ignoreMerges;

    /// <summary>Makes a model.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="merges">The merges.</param>
    /// <param name="alphabet">The symbols to start from.</param>
    /// <param name="ignoreMerges">Whether a word that is itself a token is encoded as that token, whatever the merges say.</param>
    public BpeModel(Vocabulary vocabulary, IReadOnlyCollection<Merge> merges, Alphabet alphabet, bool ignoreMerges)
    {
        Vocabulary = vocabulary;
        this.alphabet = alphabet;
        this.merges = new MergeTable(merges);
        this.ignoreMerges = ignoreMerges;
        boundaries = ignoreMerges || !alphabet.AllowsBoundaries(merges) ? null : new MergeBoundaries(vocabulary, merges);
    }

    /// <summary>The tokens.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>Adds the tokens of a piece.</summary>
    public void Encode(TextPiece piece, Workspace workspace)
    {
        if (boundaries is null)
        {
            EncodeWord(piece, workspace);
            return;
        }

        var text = piece.Span;
        for (var start = 0; start < text.Length;)
        {
            var end = boundaries.FindNext(text, start);
            EncodeWord(piece.Slice(start, end - start), workspace);
            start = end;
        }
    }

    private void EncodeWord(TextPiece piece, Workspace workspace)
    {
        var word = piece.Span;
        if (word.Length > LongestCachedWord)
        {
            Merge(word, workspace);
            foreach (var (id, start, end) in workspace.WordTokens)
                workspace.Tokens.Add(id, piece.ToOriginal(start, end));
            return;
        }

        foreach (var (id, start, end) in Cached(word, workspace))
            workspace.Tokens.Add(id, piece.ToOriginal(start, end));
    }

    private ReadOnlySpan<WordToken> Cached(ReadOnlySpan<char> word, Workspace workspace)
    {
        if (!workspace.Cache.TryGet(word, out var tokens))
        {
            Merge(word, workspace);
            tokens = workspace.Cache.Add(word, workspace.WordTokens);
        }

        return tokens;
    }

    private void Merge(ReadOnlySpan<char> word, Workspace workspace)
    {
        workspace.WordTokens.Clear();
        if (ignoreMerges && alphabet.FindWhole(word) is var whole and >= 0)
        {
            workspace.WordTokens.Add(new WordToken(whole, 0, word.Length));
            return;
        }

        var symbols = workspace.Symbols;
        symbols.Clear();
        alphabet.Spell(word, symbols);
        ApplyMerges(symbols, workspace.Queue);
        for (var position = symbols.Count > 0 ? 0 : -1; position >= 0; position = symbols[position].Next)
            workspace.WordTokens.Add(new WordToken(symbols[position].Id, symbols[position].Start, symbols[position].End));
    }

    private void ApplyMerges(SymbolBuffer symbols, PriorityQueue<(int Position, int Id), ulong> queue)
    {
        queue.Clear();
        for (var position = 0; position + 1 < symbols.Count; position++)
            Enqueue(position);
        while (queue.TryDequeue(out var candidate, out _))
        {
            // An entry is stale once either of its symbols has been merged with another.
            var (position, id) = candidate;
            if (symbols[position].Id == SymbolBuffer.Merged || symbols[position].Next < 0
                || !merges.TryFind(symbols[position].Id, symbols[symbols[position].Next].Id, out var merge) || merge.Id != id)
            {
                continue;
            }

            symbols.MergeWithNext(position, id);
            if (symbols[position].Previous >= 0)
                Enqueue(symbols[position].Previous);
            if (symbols[position].Next >= 0)
                Enqueue(position);
        }

        void Enqueue(int position)
        {
            if (merges.TryFind(symbols[position].Id, symbols[symbols[position].Next].Id, out var merge))
                queue.Enqueue((position, merge.Id), (ulong)merge.Rank << 32 | (uint)position);
        }
    }
}

/// <summary>A token of a word: its id and the UTF-16 units of the word that it stands for.</summary>
internal readonly record struct WordToken(int Id, int Start, int End);
