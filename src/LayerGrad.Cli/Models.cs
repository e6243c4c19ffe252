using LayerGrad.Hub;
using LayerGrad.Measuring;

namespace LayerGrad.Cli;

/// <summary>Models that a command line names: on the disk, or on the hub.</summary>
internal static class Models
{
    /// <summary>Downloads a model of the hub, or finds it in the hub's cache.</summary>
    /// <param name="model">What the user named.</param>
    /// <param name="quiet">Whether to say nothing of downloads.</param>
    /// <param name="tokenizerOnly">Leaves the weights out.</param>
    /// <param name="cancel">Ends the download; it goes on at the next start.</param>
    /// <returns>Where its files lie; null where <paramref name="model"/> is a path of the disk.</returns>
    public static string? Locate(string model, bool quiet, bool tokenizerOnly = false, CancellationToken cancel = default)
    {
        var found = ModelResolver.Resolve(model, quiet ? null : new DownloadLog(Console.Error, TimeProvider.System), cancellation: cancel, tokenizerOnly: tokenizerOnly);
        return found == model ? null : found;
    }

    /// <summary>A line every few seconds.</summary>
    private sealed class DownloadLog(TextWriter log, TimeProvider clock) : IProgress<HubProgress>
    {
        private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

        private readonly Lock _lock = new();
        private long _last = clock.GetTimestamp();

        public void Report(HubProgress value)
        {
            lock (_lock)
            {
                if (clock.GetElapsedTime(_last) < s_interval)
                    return;
                _last = clock.GetTimestamp();
            }

            var total = value.Total is { } bytes ? $" of {ByteSize.Format(bytes)}" : "";
            log.WriteLine($"downloading {value.File}: {ByteSize.Format(value.Bytes)}{total}");
        }
    }
}
