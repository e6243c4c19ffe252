using LayerGrad.Measuring;

namespace LayerGrad.Cli.Progress;

/// <summary>Plain lines, at most one an interval, for where there is no terminal.</summary>
internal sealed class LogDisplay(TextWriter log, TimeProvider clock, TimeSpan interval) : IMeasureDisplay, IMeasureObserver
{
    private readonly MeasureSpeed _speed = new(clock);
    private long _lastLine;

    public MeasureSummary Show(Func<IMeasureObserver?, MeasureSummary> measure) => measure(this);

    public void Started(MeasurePlan plan)
    {
        _speed.Start(plan);
        _lastLine = clock.GetTimestamp();
        log.WriteLine(MeasureSpeed.Describe(plan));
    }

    public void Advanced(MeasureProgress progress)
    {
        _speed.Add(progress);
        if (clock.GetElapsedTime(_lastLine) < interval || _speed.IsDone)
            return;
        _lastLine = clock.GetTimestamp();
        log.WriteLine($"{_speed.Examples} examples, {_speed.Speed}, {_speed.TimeLeft}");
    }
}
