namespace LayerGrad.Tokenizers.Models;

/// <summary>What one call of <see cref="Tokenizer.Encode"/> needs at a time, kept for the next call so that tokens cost no allocation.</summary>
internal sealed class EncodingWorkspace
{
    /// <summary>The tokens of the text so far.</summary>
    public TokenBuffer Tokens { get; } = new();

    /// <summary>Words that were encoded before.</summary>
    public WordCache Cache { get; } = new();

    /// <summary>The symbols of the current word.</summary>
    public SymbolBuffer Symbols { get; } = new();

    /// <summary>The possible merges of the current word, the earliest first and from left to right: the rank, then the position, in one number.</summary>
    public PriorityQueue<(int Position, int Id), ulong> Queue { get; } = new();

    /// <summary>The best cuts of the current word.</summary>
    public BestPath Path { get; } = new();

    /// <summary>The tokens of the current word.</summary>
    public List<WordToken> WordTokens { get; } = [];

    /// <summary>The parts of the current piece.</summary>
    public List<TextPiece> Parts { get; } = [];
}
