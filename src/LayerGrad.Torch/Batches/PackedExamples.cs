using LayerGrad.Compute;
using TorchSharp;

namespace LayerGrad.Torch.Batches;

/// <summary>What operations need of the examples of a batch, brought to the device once for all layers.</summary>
internal sealed class PackedExamples : IDisposable
{
    /// <summary>Rows that hold nothing may be this share of those of a group.</summary>
    private const double MostPadding = 0.2;

    private readonly Segment[] _segments;

    /// <summary>Divides the examples.</summary>
    /// <param name="segments">The examples.</param>
    /// <param name="mostRows">The rows of a group of several examples at most; 0 where each stands alone.</param>
    /// <param name="upload">Brings indices to the device.</param>
    public PackedExamples(IReadOnlyList<Segment> segments, long mostRows, Func<long[], torch.Tensor> upload)
    {
        _segments = [.. segments];
        Runs = [.. RunsOf(_segments, upload)];
        Groups = [.. GroupsOf(_segments, mostRows).Select(group => ExampleGroup.Create(group, upload))];
    }

    /// <summary>Neighbouring examples.</summary>
    public IReadOnlyList<ExampleRun> Runs { get; }

    /// <summary>Examples that are computed together.</summary>
    public IReadOnlyList<ExampleGroup> Groups { get; }

    /// <summary>Keeps the tensors beyond the dispose scope in which they were made.</summary>
    public PackedExamples Keep()
    {
        foreach (var run in Runs)
            run.Positions?.DetachFromDisposeScope();
        foreach (var group in Groups)
            group.Keep();
        return this;
    }

    /// <summary>Whether these are the examples.</summary>
    public bool Are(IReadOnlyList<Segment> segments) => segments.SequenceEqual(_segments);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var run in Runs)
            run.Positions?.Dispose();
        foreach (var group in Groups)
            group.Dispose();
    }

    /// <summary>Neighbours in descending order of length, as long as few rows are wasted.</summary>
    /// <param name="segments">The examples.</param>
    /// <param name="mostRows">The rows of a group of several examples at most.</param>
    public static IEnumerable<IReadOnlyList<Segment>> GroupsOf(IEnumerable<Segment> segments, long mostRows)
    {
        var group = new List<Segment>();
        foreach (var segment in segments.Where(segment => segment.Length > 0).OrderByDescending(segment => segment.Length))
        {
            if (group.Count > 0)
            {
                var (longest, rows) = (group[0].Length, group.Sum(one => (long)one.Length) + segment.Length);
                var padded = (long)longest * (group.Count + 1);
                if (padded > mostRows || rows < (1 - MostPadding) * padded)
                {
                    yield return group;
                    group = [];
                }
            }

            group.Add(segment);
        }

        if (group.Count > 0)
            yield return group;
    }

    private static IEnumerable<ExampleRun> RunsOf(Segment[] segments, Func<long[], torch.Tensor> upload)
    {
        for (var first = 0; first < segments.Length;)
        {
            var last = first + 1;
            while (last < segments.Length && segments[last].Start == segments[last - 1].End)
                last++;
            var positions = last - first == 1
                ? null
                : upload([.. segments[first..last].SelectMany(segment => Enumerable.Range(0, segment.Length)).Select(position => (long)position)]);
            yield return new ExampleRun(segments[first].Start, segments[last - 1].End - segments[first].Start, positions);
            first = last;
        }
    }
}
