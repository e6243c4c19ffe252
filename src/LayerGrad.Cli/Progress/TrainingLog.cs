using System.Globalization;
using LayerGrad.Training;

namespace LayerGrad.Cli.Progress;

/// <summary>A training in plain lines: what is trained, now and then how it goes on, and each probe.</summary>
internal sealed class TrainingLog(TextWriter log, TimeProvider clock, TimeSpan interval) : ITrainingObserver
{
    private readonly TrainingSpeed _speed = new(clock);
    private int _steps;
    private long _lastLine;
    private double _lossSum;
    private int _lossCount;

    /// <inheritdoc />
    public void Started(TrainingPlan plan)
    {
        _steps = plan.Steps;
        _speed.Start(plan);
        _lastLine = clock.GetTimestamp();
        foreach (var line in TrainingSpeed.Describe(plan))
            log.WriteLine(line);
    }

    /// <inheritdoc />
    public void Stepped(TrainingProgress progress)
    {
        _speed.Add(progress);
        _lossSum += progress.Loss;
        _lossCount++;
        if (clock.GetElapsedTime(_lastLine) < interval && progress.Step != _steps)
            return;
        _lastLine = clock.GetTimestamp();
        log.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"step {_speed.Steps}: loss {_lossSum / _lossCount:0.0000}, gradient norm {progress.GradientNorm:0.000}, lr {progress.LearningRate:0.##e+0}, {_speed.Speed}, {_speed.TimeLeft}"));
        (_lossSum, _lossCount) = (0, 0);
    }

    /// <inheritdoc />
    public void Probed(int step, string run, double loss) => log.WriteLine(TrainingSpeed.DescribeProbe(step, run, loss));

    /// <inheritdoc />
    public void Saved(int step) => log.WriteLine($"saved step {Wording.Count(step)}");
}
