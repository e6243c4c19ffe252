using LayerGrad.Compute;

namespace LayerGrad.Decoders;

/// <summary>Examples packed end to end, without padding: row t of every matrix belongs to token t of the batch.</summary>
public sealed class PackedBatch
{
    /// <summary>Packs sequences in the order given.</summary>
    /// <param name="sequences">
    /// Each example's token ids and the position of its first response token. The loss of an example is the mean
    /// cross-entropy of its response tokens; the token at position 0 is predicted by nothing and never counts.
    /// </param>
    public PackedBatch(IReadOnlyList<(int[] Ids, int ResponseStart)> sequences)
    {
        var segments = new List<Segment>(sequences.Count);
        var ids = new List<int>();
        foreach (var (sequence, responseStart) in sequences)
        {
            if (Math.Max(responseStart, 1) >= sequence.Length)
                throw new ArgumentException($"example {segments.Count} has {sequence.Length} tokens and its response starts at {responseStart}", nameof(sequences));
            segments.Add(new Segment(segments.Count, ids.Count, sequence.Length));
            ids.AddRange(sequence);
        }

        Ids = [.. ids];
        Segments = segments;
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

    /// <summary>The response tokens of an example.</summary>
    /// <param name="example">The example's place in the batch.</param>
    public int ResponseTokens(int example) => Segments[example].Length - ResponseStarts[example];
}
