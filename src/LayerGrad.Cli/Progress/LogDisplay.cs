using LayerGrad.Measuring;
using LayerGrad.Measuring.Kernels;

namespace LayerGrad.Cli.Progress;

/// <summary>Plain lines, at most one an interval, for where there is no terminal.</summary>
internal sealed class LogDisplay(TextWriter log, TimeProvider clock, TimeSpan interval) : IMeasureDisplay, IKernelObserver
{
    private readonly MeasureSpeed _speed = new(clock);
    private long _lastLine;

    public TSummary Show<TSummary>(Func<IKernelObserver?, TSummary> measure) => measure(this);

    public void Planned(KernelPlan plan) => log.WriteLine(MeasureSpeed.Describe(plan));

    public void Started(MeasurePlan plan)
    {
        _speed.Start(plan);
        _lastLine = clock.GetTimestamp();
        log.WriteLine(MeasureSpeed.Describe(plan));
    }

    public void Advanced(MeasureProgress progress)
    {
        _speed.Add(progress);
        WriteSometimes();
    }

    public void Compared(int weights, int of)
    {
        _speed.Add(weights, of);
        WriteSometimes();
    }

    private void WriteSometimes()
    {
        if (clock.GetElapsedTime(_lastLine) < interval || _speed.IsDone)
            return;
        _lastLine = clock.GetTimestamp();
        log.WriteLine($"{_speed.Done}, {_speed.Speed}, {_speed.TimeLeft}");
    }
}
