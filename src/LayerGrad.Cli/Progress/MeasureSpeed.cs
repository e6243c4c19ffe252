using System.Globalization;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Inspection;
using LayerGrad.Measuring.Kernels;

namespace LayerGrad.Cli.Progress;

/// <summary>How far and how fast a run is, in words.</summary>
internal sealed class MeasureSpeed(TimeProvider clock)
{
    private static readonly TimeSpan s_window = TimeSpan.FromSeconds(60);

    private readonly Throughput _examples = new(clock, s_window);
    private readonly Throughput _tokens = new(clock, s_window);
    private readonly Throughput _weights = new(clock, s_window);
    private MeasurePlan? _plan;
    private int _done;
    private long _tokensDone;
    private (int Done, int All) _compared;

    /// <summary>Tokens that the run has to measure.</summary>
    public long Tokens => _plan?.Tokens ?? 0;

    /// <summary>How much is done: of the tokens of the examples or, once they are compared, of the weights; 0 to 1.</summary>
    public double Share => Comparing ? (double)_compared.Done / _compared.All : Tokens == 0 ? 0 : (double)_tokensDone / Tokens;

    /// <summary>Whether nothing is left of the examples or, once they are compared, of the weights.</summary>
    public bool IsDone => Comparing ? _compared.Done == _compared.All : _plan is not null && _done == _plan.Examples;

    /// <summary><c>12/30 examples</c>, or <c>3/120 weights compared</c>.</summary>
    public string Done => Comparing
        ? $"{Wording.Count(_compared.Done)}/{Wording.Count(_compared.All)} weights compared"
        : $"{Wording.Count(_done)}/{Wording.Count(_plan?.Examples ?? 0)} examples";

    /// <summary><c>3.20 examples/s, 812 tokens/s</c>, or <c>1.20 weights/s</c>.</summary>
    public string Speed => Comparing ? _weights.PerSecond is { } weights ? $"{Wording.Speed(weights)} weights/s" : "speed not known yet"
        : _examples.PerSecond is { } examples && _tokens.PerSecond is { } tokens
        ? $"{Wording.Speed(examples)} examples/s, {Wording.Speed(tokens)} tokens/s"
        : "speed not known yet";

    /// <summary><c>0:42 left</c>.</summary>
    public string TimeLeft => (Comparing ? _weights.Until(_compared.All) : _tokens.Until(Tokens)) is { } time ? $"{Wording.Time(time)} left" : "time left not known yet";

    /// <summary>Whether the examples are done and their weights compared, as a kernel does.</summary>
    public bool Comparing => _compared.All > 0;

    /// <summary>What a kernel takes: time, memory and disk.</summary>
    public static IEnumerable<string> Describe(KernelPlan plan)
    {
        yield return $"{Wording.Of(plan.Examples, "example")}, {Wording.Of(plan.Tokens, "token")}, {Wording.Of(plan.Weights, "weight")}: about {Wording.Time(plan.EstimatedTime)}"
            + $" ({Operations(plan.BackwardOperations)} in backward passes, {Operations(plan.KernelOperations)} in inner products)";
        yield return $"memory: up to {ByteSize.Format(plan.MemoryBytes)}; the gradients' factors take {ByteSize.Format(plan.FactorBytes)} {(plan.FactorsOnDisk ? "on disk" : "of it")};"
            + $" the kernel {ByteSize.Format(plan.OutputBytes)} on disk";
        static string Operations(double count) => string.Create(CultureInfo.InvariantCulture, $"{count / 1e9:0.##} Gflop");
    }

    /// <summary>The plan in a line, and one about memory.</summary>
    public static IEnumerable<string> Describe(MeasurePlan plan)
    {
        var goingOn = plan.Done > 0 ? $" ({Wording.Count(plan.Done)} are done)" : "";
        var data = plan.Data is { } understood ? $", {understood}" : "";
        yield return $"measuring {Wording.Of(plan.Examples, "example")}{data}{goingOn}: {Wording.Count(plan.Tokens)} tokens in {Wording.Of(plan.Windows, "window")}"
            + $" of up to {Wording.Count(plan.TokenBudget)}, {(plan.Weights > 0 ? $"{Wording.Of(plan.Weights, "weight")} an example, " : "")}on {plan.Device}"
            + (plan.ExpectedTime is { } time ? $", in about {Wording.Time(time)}" : "");
        if (plan.Adapter is { } adapter)
            yield return $"adapter {adapter}";
        if (plan.Memory is { } memory)
            yield return $"memory: {Wording.Memory(memory, backward: plan.Weights > 0)}";
        foreach (var note in plan.WeightNotes)
            yield return $"note: {note}";
    }

    /// <summary>What measuring would take, in lines.</summary>
    public static IEnumerable<string> Describe(Forecast forecast)
    {
        var plan = forecast.Plan;
        var about = forecast.Encoded < plan.Examples ? $"about {Wording.Count(plan.Tokens)} tokens (from {Wording.Count(forecast.Encoded)} examples)" : Wording.Of(plan.Tokens, "token");
        yield return $"measuring would take {Wording.Of(plan.Examples, "example")}{(forecast.Skipped > 0 ? $", {Wording.Count(forecast.Skipped)} of them skipped" : "")}: {about},"
            + $" {Wording.Count(forecast.Counted)} of them counted, in {Wording.Of(plan.Windows, "window")} of up to {Wording.Count(plan.TokenBudget)}, {Wording.Of(plan.Weights, "weight")} an example, on {plan.Device}";
        if (plan.ExpectedTime is { } time)
            yield return $"time: about {Wording.Time(time)}: {Wording.Speed(time.Operations / 1e9)} Gflop, {Wording.Speed(time.Rate / 1e9)} a second as this device multiplies now; {(plan is { Windows: > 1, Memory.ReadLayers: > 0 } ? "reading layers anew for each window comes" : "starting and loading the model come")} on top";
        if (plan.Memory is { } memory)
            yield return $"memory: {Wording.Memory(memory)}";
        foreach (var note in plan.WeightNotes)
            yield return $"note: {note}";
    }

    public void Start(MeasurePlan plan)
    {
        (_plan, _done, _tokensDone) = (plan, plan.Done, 0);
        _examples.Add(plan.Done);
        _tokens.Add(0);
    }

    public void Add(MeasureProgress progress)
    {
        _done = progress.Measured + progress.Skipped;
        _examples.Add(_done);
        _tokensDone = progress.Tokens;
        _tokens.Add(progress.Tokens);
        if (IsDone)
            _weights.Add(0);
    }

    /// <summary>Notes how many weights' inner products are computed, once the examples are done.</summary>
    public void Add(int weights, int of)
    {
        _compared = (weights, of);
        _weights.Add(weights);
    }
}
