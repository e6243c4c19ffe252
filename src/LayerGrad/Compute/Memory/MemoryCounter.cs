namespace LayerGrad.Compute;

/// <summary>
/// Counts the bytes that a device has allocated. Whatever a device allocates, matrices and work space alike, passes through
/// one counter: it is told before memory is taken and after it is given back. Safe to use from several threads.
/// </summary>
internal class MemoryCounter
{
    private long _allocated;
    private long _peak;

    /// <summary>The bytes that are allocated now.</summary>
    public long Allocated => Interlocked.Read(ref _allocated);

    /// <summary>The most bytes that were allocated at a time since the last <see cref="ResetPeak"/>.</summary>
    public long Peak => Interlocked.Read(ref _peak);

    /// <summary>Forgets the former peak: from now on it is what is allocated now, or more.</summary>
    public void ResetPeak() => Interlocked.Exchange(ref _peak, Allocated);

    /// <summary>Counts memory that is about to be taken.</summary>
    /// <param name="bytes">How much.</param>
    /// <exception cref="InsufficientMemoryException">It may not be taken; nothing was counted.</exception>
    public virtual void Add(long bytes)
    {
        var allocated = Interlocked.Add(ref _allocated, bytes);
        var peak = Interlocked.Read(ref _peak);
        while (allocated > peak)
        {
            var seen = Interlocked.CompareExchange(ref _peak, allocated, peak);
            if (seen == peak)
                return;
            peak = seen;
        }
    }

    /// <summary>Counts memory that was given back, or that could not be had.</summary>
    /// <param name="bytes">How much.</param>
    public void Remove(long bytes) => Interlocked.Add(ref _allocated, -bytes);
}
