using System.Globalization;
using LayerGrad.Training;

namespace LayerGrad.Cli.Progress;

/// <summary>How far and how fast a training is, in words.</summary>
internal sealed class TrainingSpeed(TimeProvider clock)
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(60);

    private readonly Throughput _steps = new(clock, s_window);
    private readonly Throughput _tokens = new(clock, s_window);
    private int _all;
    private int _done;
    private long _tokensDone;

    /// <summary><c>120/1,800</c>.</summary>
    public string Steps => $"{Wording.Count(_done)}/{Wording.Count(_all)}";

    /// <summary><c>4,210 tokens/s</c>.</summary>
    public string Speed => _tokens.PerSecond is { } tokens ? $"{Wording.Speed(tokens)} tokens/s" : "speed not known yet";

    /// <summary><c>0:42 left</c>.</summary>
    public string TimeLeft => _steps.Until(_all) is { } time ? $"{Wording.Time(time)} left" : "time left not known yet";

    /// <summary>What is trained, and where it goes on, in lines.</summary>
    public static IEnumerable<string> Describe(TrainingPlan plan)
    {
        var part = plan.Trained == plan.Parameters ? "all" : Wording.Count(plan.Trained);
        yield return $"training {part} of {Wording.Of(plan.Parameters, "parameter")} on {Wording.Of(plan.Examples, "example")}{(plan.Data is { } data ? $", {data}" : "")} ({Wording.Count(plan.Tokens)} tokens), on {plan.Device}";
        foreach (var (reason, examples) in plan.Skipped)
            yield return $"left out {Wording.Of(examples, "example")}: {reason}";
        if (plan.Done > 0)
            yield return $"going on after step {Wording.Count(plan.Done)} of {Wording.Count(plan.Steps)}";
        foreach (var note in plan.WeightNotes)
            yield return $"note: {note}";
    }

    /// <summary>A probe's result in a line.</summary>
    public static string DescribeProbe(int step, string run, double loss) =>
        string.Create(CultureInfo.InvariantCulture, $"probed after step {step}: mean loss {loss:0.0000}, {run}");

    /// <summary>The beginning.</summary>
    public void Start(TrainingPlan plan)
    {
        (_all, _done) = (plan.Steps, plan.Done);
        _steps.Add(plan.Done);
        _tokens.Add(0);
    }

    /// <summary>A step is done.</summary>
    public void Add(TrainingProgress progress)
    {
        _done = progress.Step;
        _tokensDone += progress.Tokens;
        _steps.Add(_done);
        _tokens.Add(_tokensDone);
    }
}
