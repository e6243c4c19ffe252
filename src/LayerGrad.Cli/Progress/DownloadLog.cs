using LayerGrad.Hub;
using LayerGrad.Measuring;

namespace LayerGrad.Cli.Progress;

/// <summary>How far a download from the hub is, in a line every few seconds.</summary>
internal sealed class DownloadLog(TextWriter log, TimeProvider clock) : IProgress<HubProgress>
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private long _last = clock.GetTimestamp();

    /// <summary>A log on standard error.</summary>
    /// <param name="quiet">Whether to say nothing of downloads.</param>
    /// <returns>The log; null for none.</returns>
    public static DownloadLog? Choose(bool quiet) => quiet ? null : new DownloadLog(Console.Error, TimeProvider.System);

    public void Report(HubProgress value)
    {
        lock (_lock)
        {
            if (clock.GetElapsedTime(_last) < s_interval)
                return;
            _last = clock.GetTimestamp();
        }

        var total = value.Total is { } bytes ? $" of {ByteSize.Format(bytes)}" : "";
        log.WriteLine(PlainText.Message($"downloading {value.File}: {ByteSize.Format(value.Bytes)}{total}"));
    }
}
