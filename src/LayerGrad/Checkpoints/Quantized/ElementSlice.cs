namespace LayerGrad.Checkpoints.Quantized;

/// <summary>Some neighbouring elements of others.</summary>
/// <param name="All">The others.</param>
/// <param name="First">The first element.</param>
/// <param name="Count">How many there are.</param>
internal sealed record ElementSlice(ISlicedElements All, long First, long Count) : ISlicedElements
{
    /// <inheritdoc />
    public void Read(long start, Span<float> destination)
    {
        Check(start, destination.Length);
        All.Read(First + start, destination);
    }

    /// <inheritdoc />
    public void Read(long start, Span<double> destination)
    {
        Check(start, destination.Length);
        All.Read(First + start, destination);
    }

    /// <inheritdoc />
    public void Ranges(FileRange range) => All.Ranges(range);

    /// <inheritdoc />
    public ISlicedElements Slice(string name, long first, long count) => new ElementSlice(All, First + first, count);

    private void Check(long start, int length)
    {
        if (start < 0 || start > Count - length)
            throw new ArgumentOutOfRangeException(nameof(start), $"elements [{start}, {start + length}) of {Count}");
    }
}
