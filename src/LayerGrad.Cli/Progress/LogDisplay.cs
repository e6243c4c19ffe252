using LayerGrad.Measuring;
using LayerGrad.Measuring.Kernels;

namespace LayerGrad.Cli.Progress;

/// <summary>Plain lines for where there is no terminal: one for each tenth that is done.</summary>
internal sealed class LogDisplay(TextWriter log, TimeProvider clock) : IMeasureDisplay, IKernelObserver
{
    private readonly MeasureSpeed _speed = new(clock);
    private int _tenths;
    private bool _compares;

    public TSummary Show<TSummary>(Func<IKernelObserver?, TSummary> measure) => measure(this);

    public void Planned(KernelPlan plan) => Write(MeasureSpeed.Describe(plan));

    public void Started(MeasurePlan plan)
    {
        _speed.Start(plan);
        _tenths = 0;
        Write(MeasureSpeed.Describe(plan));
    }

    public void Advanced(MeasureProgress progress)
    {
        _speed.Add(progress);
        WriteTenths();
    }

    public void Compared(int weights, int of)
    {
        _speed.Add(weights, of);
        WriteTenths();
    }

    private void WriteTenths()
    {
        if (_speed.Comparing != _compares)
            (_compares, _tenths) = (_speed.Comparing, 0);
        // A hair of slack: 0.3 · 10 is not 3.
        var tenths = (int)Math.Floor((10 * _speed.Share) + 1e-9);
        if (tenths <= _tenths)
            return;
        _tenths = tenths;
        log.WriteLine($"{(int)(100 * _speed.Share)} %: {_speed.Done}, {_speed.Speed}, {_speed.TimeLeft}");
    }

    private void Write(IEnumerable<string> lines)
    {
        foreach (var line in lines)
            log.WriteLine(PlainText.Message(line));
    }
}
