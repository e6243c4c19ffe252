using LayerGrad.Compute;

namespace LayerGrad.Decoders;

/// <summary>Examples packed end to end, without padding: row t of every matrix belongs to token t of the batch.</summary>
internal sealed class PackedBatch
{
    private readonly IReadOnlyList<int>?[] _counted;

    /// <summary>Packs sequences in the order given.</summary>
    /// <param name="sequences">
    /// Each example's token ids and the position of its first response token. The loss of an example is the mean
    /// cross-entropy of its response tokens; the token at position 0 is predicted by nothing and never counts.
    /// </param>
    public PackedBatch(IReadOnlyList<(int[] Ids, int ResponseStart)> sequences)
        : this([.. sequences.Select(static sequence => new PackedSequence(sequence.Ids, sequence.ResponseStart))])
    {
    }

    /// <summary>Packs sequences in the order given.</summary>
    /// <param name="sequences">
    /// The examples. The loss of an example is the mean cross-entropy of those of its tokens that count; the token at position 0 is predicted by
    /// nothing and never does.
    /// </param>
    public PackedBatch(IReadOnlyList<PackedSequence> sequences)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        var segments = new List<Segment>(sequences.Count);
        var ids = new List<int>();
        foreach (var (sequence, responseStart, counted) in sequences)
        {
            if (counted is not null && (counted.Count == 0 || counted[0] < 1 || counted[^1] >= sequence.Length))
                throw new ArgumentException($"example {segments.Count} has {sequence.Length} tokens, and those that count do not lie within", nameof(sequences));
            if (Math.Max(responseStart, 1) >= sequence.Length)
                throw new ArgumentException($"example {segments.Count} has {sequence.Length} tokens and its response starts at {responseStart}", nameof(sequences));
            segments.Add(new Segment(segments.Count, ids.Count, sequence.Length));
            ids.AddRange(sequence);
        }

        Ids = [.. ids];
        Segments = segments;
        _counted = [.. sequences.Select(static sequence => sequence.Counted)];
        ResponseStarts = [.. sequences.Select(sequence => Math.Max(sequence.ResponseStart, 1))];
    }

    /// <summary>The token ids of all examples.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>The rows of each example.</summary>
    public IReadOnlyList<Segment> Segments { get; }

    /// <summary>The position in each example of its first response token, at least 1.</summary>
    public IReadOnlyList<int> ResponseStarts { get; }

    /// <summary>The number of tokens.</summary>
    public int Tokens => Ids.Count;

    /// <summary>How many tokens of an example count.</summary>
    /// <param name="example">The example's place in the batch.</param>
    public int ResponseTokens(int example) => _counted[example]?.Count ?? Segments[example].Length - ResponseStarts[example];

    /// <summary>The positions in an example of the tokens that count, ascending.</summary>
    /// <param name="example">The example's place in the batch.</param>
    public IEnumerable<int> ResponsePositions(int example) => _counted[example] ?? Enumerable.Range(ResponseStarts[example], ResponseTokens(example));
}
