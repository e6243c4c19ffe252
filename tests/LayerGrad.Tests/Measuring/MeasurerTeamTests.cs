using System.Diagnostics.CodeAnalysis;
using LayerGrad.Decoders;
using LayerGrad.Examples;
using LayerGrad.Measuring;
using LayerGrad.Measuring.Engines;
using LayerGrad.Measuring.Packing;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Tests.Measuring;

/// <summary>Engines that share a run's windows.</summary>
public sealed class MeasurerTeamTests : IDisposable
{
    private readonly FakeDevices _devices = new();

    /// <inheritdoc />
    public void Dispose() => _devices.Dispose();

    /// <summary>The window before the one that failed is given up because of it; that it was given up is not what happened.</summary>
    [Fact]
    public void What_went_wrong_first_is_told_even_where_another_window_comes_before_it()
    {
        using var begun = new ManualResetEventSlim();
        var options = new MeasureRunOptions { Model = "m", Data = "d", Out = "o", Device = _devices[0], Devices = [_devices[0], _devices[1]] };
        using var team = MeasurerTeam.Create(null!, options, tokenBudget: 1, (_, _, _) => new Stuck(begun));
        var windows = Enumerable.Range(0, 2).Select(i => new PackingWindow(i, [Encoded(i)])).ToList();

        Should.Throw<InsufficientMemoryException>(() => team.Measure(windows, CancellationToken.None).ToList()).Message.ShouldBe("no memory for window 1");
    }

    [Fact]
    public void A_run_that_is_given_up_from_outside_says_so()
    {
        using var begun = new ManualResetEventSlim();
        using var cancel = new CancellationTokenSource();
        var options = new MeasureRunOptions { Model = "m", Data = "d", Out = "o", Device = _devices[0], Devices = [_devices[0], _devices[1]] };
        using var team = MeasurerTeam.Create(null!, options, tokenBudget: 1, (_, _, _) => new Stuck(begun));
        cancel.CancelAfter(TimeSpan.FromMilliseconds(50));

        Should.Throw<OperationCanceledException>(() => team.Measure([new PackingWindow(0, [Encoded(0)])], cancel.Token).ToList());
    }

    private static EncodedExample Encoded(int index)
    {
        var example = new Example(index, "i", "", "o");
        return new EncodedExample(example, new TokenizedExample(example, [index], [], "", 0, Truncated: false), null);
    }

    /// <summary>Measures the first window until it is given up, and has no memory for any other once that one has begun.</summary>
    private sealed class Stuck(ManualResetEventSlim begun) : IExampleMeasurer
    {
        public int TokenBudget => 1;

        public MemoryPlan? Plan => null;

        public string Device => "stuck";

        public IReadOnlyList<MeasuredWeight> Weights => [];

        [SuppressMessage("Usage", "MA0012:Do not raise reserved exception type", Justification = "It is what devices throw.")]
        public IReadOnlyList<Measurement> Measure(IReadOnlyList<TokenizedExample> window, CancellationToken cancel)
        {
            if (window[0].Ids[0] > 0)
            {
                begun.Wait(cancel);
                throw new InsufficientMemoryException($"no memory for window {window[0].Ids[0]}");
            }

            begun.Set();
            cancel.WaitHandle.WaitOne();
            throw new OperationCanceledException(cancel);
        }

        public void Dispose()
        {
        }
    }
}
