using LayerGrad.Measuring;

namespace LayerGrad.Cli.Progress;

/// <summary>How far and how fast a run is, in words.</summary>
internal sealed class MeasureSpeed(TimeProvider clock)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(60);

    private readonly Throughput _examples = new(clock, Window);
    private readonly Throughput _tokens = new(clock, Window);
    private MeasurePlan? _plan;
    private int _done;

    /// <summary>Tokens that the run has to measure.</summary>
    public long Tokens => _plan?.Tokens ?? 0;

    /// <summary>Whether nothing is left.</summary>
    public bool IsDone => _plan is not null && _done == _plan.Examples;

    /// <summary><c>12/30</c>.</summary>
    public string Examples => $"{Wording.Count(_done)}/{Wording.Count(_plan?.Examples ?? 0)}";

    /// <summary><c>3.20 examples/s, 812 tokens/s</c>.</summary>
    public string Speed => _examples.PerSecond is { } examples && _tokens.PerSecond is { } tokens
        ? $"{Wording.Speed(examples)} examples/s, {Wording.Speed(tokens)} tokens/s"
        : "speed not known yet";

    /// <summary><c>0:42 left</c>.</summary>
    public string TimeLeft => _tokens.Until(Tokens) is { } time ? $"{Wording.Time(time)} left" : "time left not known yet";

    /// <summary>The plan in a line, and one about memory.</summary>
    public static string Describe(MeasurePlan plan)
    {
        var goingOn = plan.Done > 0 ? $" ({Wording.Count(plan.Done)} are done)" : "";
        return $"measuring {Wording.Of(plan.Examples, "example")}{goingOn}: {Wording.Count(plan.Tokens)} tokens in {Wording.Of(plan.Windows, "window")}"
            + $" of up to {Wording.Count(plan.TokenBudget)}, {Wording.Of(plan.Weights, "weight")} an example, on {plan.Device}"
            + (plan.ExpectedTime is { } time ? $", in about {Wording.Time(time)}" : "")
            + (plan.Memory is { } memory ? $"{Environment.NewLine}memory: {Wording.Memory(memory)}" : "");
    }

    public void Start(MeasurePlan plan)
    {
        (_plan, _done) = (plan, plan.Done);
        _examples.Add(plan.Done);
        _tokens.Add(0);
    }

    public void Add(MeasureProgress progress)
    {
        _done = progress.Measured + progress.Skipped;
        _examples.Add(_done);
        _tokens.Add(progress.Tokens);
    }
}
