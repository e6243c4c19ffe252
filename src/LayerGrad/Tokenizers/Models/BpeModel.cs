namespace LayerGrad.Tokenizers.Models;

/// <summary>Byte-pair encoding (Sennrich et al. 2016): spells a word in its alphabet and applies the merges, the earliest first.</summary>
internal sealed class BpeModel : TokenizerModel
{
    private readonly Alphabet _alphabet;
    private readonly MergeTable _merges;
    private readonly MergeBoundaries? _boundaries;
    private readonly bool _ignoreMerges;

    /// <summary>Makes a model.</summary>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="merges">The merges.</param>
    /// <param name="alphabet">The symbols to start from.</param>
    /// <param name="ignoreMerges">Whether a word that is itself a token is encoded as that token, whatever the merges say.</param>
    public BpeModel(Vocabulary vocabulary, IReadOnlyCollection<Merge> merges, Alphabet alphabet, bool ignoreMerges)
        : base(vocabulary)
    {
        _alphabet = alphabet;
        _merges = new MergeTable(merges);
        _ignoreMerges = ignoreMerges;
        _boundaries = ignoreMerges || !alphabet.AllowsBoundaries(merges) ? null : new MergeBoundaries(vocabulary, merges);
    }

    /// <summary>Adds the tokens of a piece.</summary>
    public override void Encode(TextPiece piece, EncodingWorkspace workspace)
    {
        if (_boundaries is null)
        {
            EncodeWord(piece, workspace);
            return;
        }

        var text = piece.Span;
        for (var start = 0; start < text.Length;)
        {
            var end = _boundaries.FindNext(text, start);
            EncodeWord(piece.Slice(start, end - start), workspace);
            start = end;
        }
    }

    protected override void FindTokens(ReadOnlySpan<char> word, EncodingWorkspace workspace)
    {
        if (_ignoreMerges && _alphabet.FindWhole(word) is var whole and >= 0)
        {
            workspace.WordTokens.Add(new WordToken(whole, 0, word.Length));
            return;
        }

        var symbols = workspace.Symbols;
        symbols.Clear();
        _alphabet.Spell(word, symbols);
        ApplyMerges(symbols, workspace.Queue);
        for (var position = symbols.Count > 0 ? 0 : -1; position >= 0; position = symbols[position].Next)
            workspace.WordTokens.Add(new WordToken(symbols[position].Id, symbols[position].Start, symbols[position].End));
        if (symbols.CountsBytes)
            CountUnits(word, workspace.WordTokens);
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
                || !_merges.TryFind(symbols[position].Id, symbols[symbols[position].Next].Id, out var merge) || merge.Id != id)
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
            if (_merges.TryFind(symbols[position].Id, symbols[symbols[position].Next].Id, out var merge))
                queue.Enqueue((position, merge.Id), (ulong)merge.Rank << 32 | (uint)position);
        }
    }

    /// <summary>Turns positions in the bytes of a word, which never fall, into those of the whole characters that they lie in.</summary>
    private void CountUnits(ReadOnlySpan<char> word, List<WordToken> tokens)
    {
        var unit = 0;
        var position = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            FindCharacter(word, token.Start, ref unit, ref position);
            var start = unit;
            FindCharacter(word, token.End - 1, ref unit, ref position);
            tokens[i] = token with { Start = start, End = unit + UnicodeText.LengthAt(word, unit) };
        }
    }

    /// <summary>Goes on to the character that holds a byte.</summary>
    private void FindCharacter(ReadOnlySpan<char> word, int target, ref int unit, ref int position)
    {
        int length;
        while (target >= position + (length = _alphabet.CountBytes(UnicodeText.CodePointAt(word, unit))))
        {
            position += length;
            unit += UnicodeText.LengthAt(word, unit);
        }
    }
}
