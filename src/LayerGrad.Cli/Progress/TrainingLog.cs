using System.Globalization;
using LayerGrad.Training;

namespace LayerGrad.Cli.Progress;

/// <summary>A training in plain lines: what is trained, now and then how it goes on, and each probe.</summary>
internal sealed class TrainingLog(TextWriter log, TimeProvider clock, TimeSpan interval) : ITrainingObserver
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(60);

    private readonly Throughput _steps = new(clock, s_window);
    private readonly Throughput _tokens = new(clock, s_window);
    private TrainingPlan? _plan;
    private long _lastLine;
    private long _tokensDone;
    private double _lossSum;
    private int _lossCount;

    public void Started(TrainingPlan plan)
    {
        _plan = plan;
        _steps.Add(plan.Done);
        _tokens.Add(0);
        _lastLine = clock.GetTimestamp();
        var part = plan.Trained == plan.Parameters ? "all" : Wording.Count(plan.Trained);
        log.WriteLine($"training {part} of {Wording.Of(plan.Parameters, "parameter")} on {Wording.Of(plan.Examples, "example")} ({Wording.Count(plan.Tokens)} tokens), on {plan.Device}");
        foreach (var (reason, examples) in plan.Skipped)
            log.WriteLine($"left out {Wording.Of(examples, "example")}: {reason}");
        if (plan.Done > 0)
            log.WriteLine($"going on after step {Wording.Count(plan.Done)} of {Wording.Count(plan.Steps)}");
    }

    public void Stepped(TrainingProgress progress)
    {
        _tokensDone += progress.Tokens;
        _steps.Add(progress.Step);
        _tokens.Add(_tokensDone);
        _lossSum += progress.Loss;
        _lossCount++;
        if (clock.GetElapsedTime(_lastLine) < interval && progress.Step != _plan!.Steps)
            return;
        _lastLine = clock.GetTimestamp();
        var speed = _tokens.PerSecond is { } tokens ? $", {Wording.Speed(tokens)} tokens/s" : "";
        var left = _steps.Until(_plan!.Steps) is { } time ? $", {Wording.Time(time)} left" : "";
        log.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"step {Wording.Count(progress.Step)}/{Wording.Count(_plan.Steps)}: loss {_lossSum / _lossCount:0.0000}, gradient norm {progress.GradientNorm:0.000}, lr {progress.LearningRate:0.##e+0}{speed}{left}"));
        (_lossSum, _lossCount) = (0, 0);
    }

    public void Probed(int step, string run, double loss) =>
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"probed after step {step}: mean loss {loss:0.0000}, {run}"));

    public void Saved(int step) => log.WriteLine($"saved step {Wording.Count(step)}");
}
