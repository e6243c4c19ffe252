using System.Globalization;
using LayerGrad.Training;

namespace LayerGrad.Cli.Progress;

/// <summary>A training in plain lines: what is trained, how it goes on after each tenth of the steps, and each probe.</summary>
internal sealed class TrainingLog(TextWriter log, TimeProvider clock) : ITrainingObserver
{
    private readonly TrainingSpeed _speed = new(clock);
    private int _steps;
    private int _tenths;
    private double _lossSum;
    private int _lossCount;

    /// <inheritdoc />
    public void Started(TrainingPlan plan)
    {
        _steps = plan.Steps;
        _speed.Start(plan);
        _tenths = Tenths(plan.Done);
        foreach (var line in TrainingSpeed.Describe(plan))
            log.WriteLine(PlainText.Message(line));
    }

    /// <inheritdoc />
    public void Stepped(TrainingProgress progress)
    {
        _speed.Add(progress);
        _lossSum += progress.Loss;
        _lossCount++;
        if (Tenths(progress.Step) <= _tenths)
            return;
        _tenths = Tenths(progress.Step);
        log.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"step {_speed.Steps}: loss {_lossSum / _lossCount:0.0000}, gradient norm {progress.GradientNorm:0.000}, lr {progress.LearningRate:0.##e+0}, {_speed.Speed}, {_speed.TimeLeft}"));
        (_lossSum, _lossCount) = (0, 0);
    }

    /// <inheritdoc />
    public void Probed(int step, string run, double loss) => log.WriteLine(PlainText.Message(TrainingSpeed.DescribeProbe(step, run, loss)));

    /// <inheritdoc />
    public void Saved(int step) => log.WriteLine($"saved step {Wording.Count(step)}");

    private int Tenths(int step) => _steps == 0 ? 0 : (int)(10L * step / _steps);
}
