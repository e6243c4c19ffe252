using LayerGrad.Tokenizers.Models;
using LayerGrad.Tokenizers.Patterns;
using LayerGrad.Tokenizers.PreTokenizers;

namespace LayerGrad.Tokenizers.Training;

/// <summary>
/// Learns a byte-level BPE vocabulary (Sennrich et al. 2016): starting from the bytes, the most frequent pair of
/// neighbouring tokens becomes a token, again and again. Of pairs that are equally frequent the one with the lower ids
/// comes first, as in Hugging Face's trainer, so the same texts give the same tokenizer everywhere.
/// </summary>
internal sealed class BytePairTrainer
{
    /// <summary>A pair must occur this often to become a token.</summary>
    public const int MinimumFrequency = 2;

    /// <summary>The token that begins a text.</summary>
    public const string BosToken = "<|begin_of_text|>";

    /// <summary>The token that ends a text.</summary>
    public const string EosToken = "<|end_of_text|>";

    /// <summary>The smallest vocabulary: two special tokens and the bytes.</summary>
    public const int SmallestVocabulary = 2 + 256;

    private static readonly SequencePreTokenizer s_preTokenizer = new(
        [new DigitsPreTokenizer(individual: true), new SplitPreTokenizer(new Gpt2Scanner(), SplitBehavior.Isolated, invert: false)]);

    private readonly List<string> _tokens = [BosToken, EosToken];
    private readonly List<(string Left, string Right)> _merges = [];
    private readonly List<(List<int> Symbols, long Count)> _words = [];
    private readonly Dictionary<(int Left, int Right), Pair> _pairs = [];
    private readonly PriorityQueue<(int Left, int Right), (long Count, int Left, int Right)> _queue = new();

    private BytePairTrainer()
    {
    }

    /// <summary>Trains a tokenizer that splits off each digit and then splits as GPT-2 does.</summary>
    /// <param name="texts">The texts to learn from.</param>
    /// <param name="vocabularySize">How many tokens there are at most, special tokens included.</param>
    /// <returns>The vocabulary; smaller than asked for where no pair is left that occurs twice.</returns>
    public static TrainedVocabulary Train(IEnumerable<string> texts, int vocabularySize)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabularySize, SmallestVocabulary);
        var trainer = new BytePairTrainer();
        var bytes = trainer.CountWords(texts);
        trainer.CountPairs();
        while (trainer._tokens.Count < vocabularySize && trainer.MergeMostFrequent())
        {
        }

        return new TrainedVocabulary(trainer._tokens, trainer._merges, bytes, trainer._words.Sum(word => word.Count * word.Symbols.Count));
    }

    /// <summary>Splits the texts into words, spells those in bytes and returns the number of all bytes.</summary>
    private long CountWords(IEnumerable<string> texts)
    {
        _tokens.AddRange(Enumerable.Range(0, 256).Select(value => ByteCharacters.FromByte((byte)value).ToString()).Order(StringComparer.Ordinal));
        var ids = _tokens.Index().ToDictionary(token => token.Item, token => token.Index);
        var counts = new Dictionary<string, long>();
        var parts = new List<TextPiece>();
        foreach (var text in texts)
        {
            parts.Clear();
            if (text.Length > 0)
                s_preTokenizer.Split(TextPiece.Whole(text), parts);
            foreach (var part in parts)
            {
                var word = part.Span.ToString();
                counts[word] = counts.GetValueOrDefault(word) + 1;
            }
        }

        long total = 0;
        foreach (var (word, count) in counts)
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(word);
            _words.Add((bytes.Select(value => ids[ByteCharacters.FromByte(value).ToString()]).ToList(), count));
            total += count * bytes.Length;
        }

        return total;
    }

    private void CountPairs()
    {
        for (var word = 0; word < _words.Count; word++)
            Count(word, sign: 1);
        foreach (var (pair, statistics) in _pairs)
            Enqueue(pair, statistics.Count);
    }

    private bool MergeMostFrequent()
    {
        while (_queue.TryDequeue(out var pair, out var priority))
        {
            // An entry whose pair has become rarer since is put back in its place.
            var statistics = _pairs[pair];
            if (-priority.Count != statistics.Count)
            {
                Enqueue(pair, statistics.Count);
                continue;
            }

            Merge(pair, [.. statistics.Words]);
            return true;
        }

        return false;
    }

    private void Merge((int Left, int Right) pair, int[] affected)
    {
        var id = _tokens.Count;
        _tokens.Add(_tokens[pair.Left] + _tokens[pair.Right]);
        _merges.Add((_tokens[pair.Left], _tokens[pair.Right]));
        foreach (var word in affected)
        {
            Count(word, sign: -1);
            Replace(_words[word].Symbols, pair, id);
            Count(word, sign: 1);
        }

        // Only pairs with the new token can have become more frequent.
        var neighbours = affected.SelectMany(word => _words[word].Symbols.Zip(_words[word].Symbols.Skip(1))).ToHashSet();
        foreach (var neighbour in neighbours)
        {
            if (neighbour.First == id || neighbour.Second == id)
                Enqueue(neighbour, _pairs[neighbour].Count);
        }
    }

    /// <summary>Counts the pairs of a word in or out.</summary>
    private void Count(int word, int sign)
    {
        var (symbols, count) = _words[word];
        for (var i = 0; i + 1 < symbols.Count; i++)
        {
            var key = (symbols[i], symbols[i + 1]);
            if (!_pairs.TryGetValue(key, out var statistics))
                _pairs.Add(key, statistics = new Pair());
            statistics.Count += sign * count;
            if (sign > 0)
                statistics.Words.Add(word);
            else
                statistics.Words.Remove(word);
        }
    }

    private static void Replace(List<int> symbols, (int Left, int Right) pair, int id)
    {
        var end = 0;
        for (var i = 0; i < symbols.Count; i++, end++)
        {
            var matches = i + 1 < symbols.Count && symbols[i] == pair.Left && symbols[i + 1] == pair.Right;
            symbols[end] = matches ? id : symbols[i];
            if (matches)
                i++;
        }

        symbols.RemoveRange(end, symbols.Count - end);
    }

    private void Enqueue((int Left, int Right) pair, long count)
    {
        if (count >= MinimumFrequency)
            _queue.Enqueue(pair, (-count, pair.Left, pair.Right));
    }

    private sealed class Pair
    {
        public long Count { get; set; }

        public HashSet<int> Words { get; } = [];
    }
}

/// <summary>What training found.</summary>
/// <param name="Tokens">The tokens by id: special tokens, bytes, merged tokens in the order in which they were found.</param>
/// <param name="Merges">The merges, the earliest first.</param>
/// <param name="Bytes">How many bytes of UTF-8 the texts have.</param>
/// <param name="TokenCount">How many tokens the texts are with this vocabulary.</param>
internal sealed record TrainedVocabulary(IReadOnlyList<string> Tokens, IReadOnlyList<(string Left, string Right)> Merges, long Bytes, long TokenCount);
