namespace LayerGrad.Cli.Progress;

/// <summary>
/// How fast something goes on, over a sliding window: the speed of the last while, neither of the last moment nor
/// of all time, which the loading of a model would spoil.
/// </summary>
internal sealed class Throughput(TimeProvider clock, TimeSpan window)
{
    private readonly Queue<(long Time, double Amount)> _samples = new();
    private (long Time, double Amount) _last;

    /// <summary>Notes how much is done by now; the first call is the beginning.</summary>
    public void Add(double amount)
    {
        _last = (clock.GetTimestamp(), amount);
        _samples.Enqueue(_last);
        while (_samples.Count > 2 && clock.GetElapsedTime(_samples.Peek().Time, _last.Time) > window)
            _samples.Dequeue();
    }

    /// <summary>Amount a second; null before anything is known.</summary>
    public double? PerSecond
    {
        get
        {
            if (_samples.Count < 2)
                return null;
            var (time, amount) = _samples.Peek();
            var seconds = clock.GetElapsedTime(time, _last.Time).TotalSeconds;
            return seconds > 0 && _last.Amount > amount ? (_last.Amount - amount) / seconds : null;
        }
    }

    /// <summary>How long it takes until <paramref name="total"/>; null before anything is known.</summary>
    public TimeSpan? Until(double total) =>
        PerSecond is { } speed ? TimeSpan.FromSeconds(Math.Max(0, total - _last.Amount) / speed) : null;
}
