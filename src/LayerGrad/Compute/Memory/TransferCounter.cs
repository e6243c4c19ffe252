namespace LayerGrad.Compute;

/// <summary>
/// Counts what crosses between the program and a device: matrices, indices and factors that go there, matrices and results that
/// come back. The processor's device counts what a device with memory of its own would have to move. Safe to use from several threads.
/// </summary>
internal sealed class TransferCounter
{
    private long _uploads;
    private long _uploadedBytes;
    private long _downloads;
    private long _downloadedBytes;

    /// <summary>How often something went to the device.</summary>
    public long Uploads => Interlocked.Read(ref _uploads);

    /// <summary>The bytes that went there.</summary>
    public long UploadedBytes => Interlocked.Read(ref _uploadedBytes);

    /// <summary>How often something came back.</summary>
    public long Downloads => Interlocked.Read(ref _downloads);

    /// <summary>The bytes that came back.</summary>
    public long DownloadedBytes => Interlocked.Read(ref _downloadedBytes);

    /// <summary>Counts what goes to the device.</summary>
    /// <param name="bytes">How much.</param>
    internal void Upload(long bytes)
    {
        Interlocked.Increment(ref _uploads);
        Interlocked.Add(ref _uploadedBytes, bytes);
    }

    /// <summary>Counts what comes back.</summary>
    /// <param name="bytes">How much.</param>
    internal void Download(long bytes)
    {
        Interlocked.Increment(ref _downloads);
        Interlocked.Add(ref _downloadedBytes, bytes);
    }
}
