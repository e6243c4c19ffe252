using System.Globalization;
using LayerGrad.Training;
using Spectre.Console;

namespace LayerGrad.Cli.Progress;

/// <summary>A training as a bar with loss, speed and time left, drawn on standard error; probes are lines above it.</summary>
internal sealed class TrainingBar : ITrainingObserver
{
    /// <summary>How much of the shown loss a step's loss is: single batches jump too much to be read.</summary>
    private const double ShareOfStep = 0.1;

    private readonly IAnsiConsole _console;
    private readonly ProgressTask _task;
    private readonly TrainingSpeed _speed;
    private double? _loss;

    private TrainingBar(IAnsiConsole console, ProgressTask task, TrainingSpeed speed) => (_console, _task, _speed) = (console, task, speed);

    /// <summary>Runs a training and shows what its observer is told.</summary>
    public static TrainingSummary Show(TimeProvider clock, Func<ITrainingObserver?, TrainingSummary> train)
    {
        var console = Terminal.CreateForErrors();
        var speed = new TrainingSpeed(clock);
        TrainingBar? bar = null;
        return console.Progress().AutoClear(true).HideCompleted(false)
            .Columns(new SpinnerColumn(), new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new TextColumn(() => $"{speed.Steps} steps"),
                new TextColumn(() => bar?.Loss ?? ""), new TextColumn(() => speed.Speed), new TextColumn(() => speed.TimeLeft))
            .Start(context => train(bar = new TrainingBar(console, context.AddTask("loading", autoStart: true), speed)));
    }

    /// <inheritdoc />
    public void Started(TrainingPlan plan)
    {
        _speed.Start(plan);
        foreach (var line in TrainingSpeed.Describe(plan))
            _console.Write(new LineAboveBar(line));
        _task.Description = "training";
        _task.MaxValue = Math.Max(1, plan.Steps);
        _task.Value = plan.Done;
    }

    /// <inheritdoc />
    public void Stepped(TrainingProgress progress)
    {
        _speed.Add(progress);
        _loss = _loss is { } before ? before + ShareOfStep * (progress.Loss - before) : progress.Loss;
        _task.Value = progress.Step;
    }

    /// <inheritdoc />
    public void Probed(int step, string run, double loss) => _console.Write(new LineAboveBar(TrainingSpeed.DescribeProbe(step, run, loss)));

    /// <inheritdoc />
    public void Saved(int step) => _task.Description = $"training, saved step {Wording.Count(step)}";

    private string Loss => _loss is { } loss ? string.Create(CultureInfo.InvariantCulture, $"loss {loss:0.000}") : "";
}
