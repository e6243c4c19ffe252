using LayerGrad.Compute;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Batches;

/// <summary>
/// Examples that are computed with together. One alone is looked at where it stands; several of about one length are gathered into
/// as many rows each, so that a GPU computes them in one call.
/// </summary>
/// <param name="Segments">The examples.</param>
/// <param name="Longest">The rows of the longest.</param>
/// <param name="Gather">The row that stands at each place of the gathered ones; null for an example alone.</param>
/// <param name="IsPadding">Which places hold no row, as a column.</param>
/// <param name="Rows">The rows of all examples.</param>
/// <param name="Places">The place of each of them.</param>
internal sealed record ExampleGroup(
    IReadOnlyList<Segment> Segments, int Longest, torch.Tensor? Gather = null, torch.Tensor? IsPadding = null, torch.Tensor? Rows = null, torch.Tensor? Places = null) : IDisposable
{
    /// <summary>How many examples.</summary>
    public int Count => Segments.Count;

    /// <summary>The rows with those that hold nothing.</summary>
    public long PaddedRows => (long)Count * Longest;

    /// <summary>The examples' rows, examples x longest x ..., zeros where there is none.</summary>
    /// <param name="all">The rows of all tokens.</param>
    public torch.Tensor Of(torch.Tensor all)
    {
        if (Gather is null)
            return all.narrow(0, Segments[0].Start, Longest).unsqueeze(0);
        var rows = all.index_select(0, Gather);
        var shape = rows.shape;
        rows.view(PaddedRows, -1).masked_fill_(IsPadding!, Number(0));
        return rows.view([Count, Longest, .. shape.AsSpan(1)]);
    }

    /// <summary>Writes the examples' rows back where they stand.</summary>
    /// <param name="values">examples x longest x ....</param>
    /// <param name="all">The rows of all tokens.</param>
    public void Store(torch.Tensor values, torch.Tensor all)
    {
        var shape = all.shape;
        if (Gather is null)
            all.narrow(0, Segments[0].Start, Longest).copy_(values.view([Longest, .. shape.AsSpan(1)]));
        else
            all.index_copy_(0, Rows!, values.reshape([PaddedRows, .. shape.AsSpan(1)]).index_select(0, Places!));
    }

    /// <summary>Puts examples together.</summary>
    /// <param name="segments">The examples.</param>
    /// <param name="upload">Brings indices to the device.</param>
    public static ExampleGroup Create(IReadOnlyList<Segment> segments, Func<long[], torch.Tensor> upload)
    {
        var longest = segments.Max(segment => segment.Length);
        if (segments.Count == 1)
            return new ExampleGroup(segments, longest);
        var gather = new long[(long)segments.Count * longest];
        var (rows, places) = (new List<long>(), new List<long>());
        for (var i = 0; i < gather.Length; i++)
        {
            var (segment, row) = (segments[i / longest], i % longest);
            gather[i] = segment.Start + Math.Min(row, segment.Length - 1);
            if (row < segment.Length)
            {
                rows.Add(gather[i]);
                places.Add(i);
            }
        }

        var padding = new long[gather.Length];
        Array.Fill(padding, 1);
        foreach (var place in places)
            padding[place] = 0;
        return new ExampleGroup(segments, longest, upload(gather), upload(padding).gt(Number(0)).unsqueeze(1), upload([.. rows]), upload([.. places]));
    }

    /// <summary>Keeps the tensors beyond the dispose scope in which they were made.</summary>
    public void Keep()
    {
        foreach (var tensor in (ReadOnlySpan<torch.Tensor?>)[Gather, IsPadding, Rows, Places])
            tensor?.DetachFromDisposeScope();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var tensor in (ReadOnlySpan<torch.Tensor?>)[Gather, IsPadding, Rows, Places])
            tensor?.Dispose();
    }
}
