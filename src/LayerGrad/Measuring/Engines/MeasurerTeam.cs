using System.Collections.Concurrent;
using LayerGrad.Decoders;
using LayerGrad.Measuring.Inspection;
using LayerGrad.Measuring.Packing;
using LayerGrad.Models;
using LayerGrad.Runs.Kernels;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Engines;

/// <summary>The engines of a run, one a device, that take its windows in turn. What they measured comes in the order of the windows, so that nobody sees how many they were.</summary>
internal sealed class MeasurerTeam : IDisposable
{
    /// <summary>How many windows for each engine may be measured ahead of the one that is written next.</summary>
    private const int Ahead = 2;

    private readonly IReadOnlyList<IExampleMeasurer> _measurers;

    private MeasurerTeam(IReadOnlyList<IExampleMeasurer> measurers) => _measurers = measurers;

    /// <summary>How many tokens a window may hold.</summary>
    public int TokenBudget => _measurers[0].TokenBudget;

    /// <summary>How the model is held in memory by each; null where nothing is planned.</summary>
    public MemoryPlan? Plan => _measurers[0].Plan;

    /// <summary>About how long measuring takes on one of them; null where nothing is known of it.</summary>
    public TimeEstimate? Time => _measurers[0].Time;

    /// <summary>How many there are.</summary>
    public int Count => _measurers.Count;

    /// <summary>What computes, one entry a device.</summary>
    public IReadOnlyList<string> Devices => [.. _measurers.Select(measurer => measurer.Device).Distinct(StringComparer.Ordinal)];

    /// <summary>The measured weights, in the order in which a line lists them.</summary>
    public IReadOnlyList<MeasuredWeight> Weights => _measurers[0].Weights;

    /// <summary>Makes an engine for each device of a run. The first one's plan says the token budget of all.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">What to measure, and on what.</param>
    /// <param name="tokenBudget">The token budget of a run that goes on; null to plan one.</param>
    /// <param name="create">Makes an engine.</param>
    public static MeasurerTeam Create(LoadedModel model, MeasureRunOptions options, int? tokenBudget, MeasurerFactory create)
    {
        var measurers = new List<IExampleMeasurer>();
        try
        {
            foreach (var share in options.Shares())
                measurers.Add(create(model, share, measurers.Count == 0 ? tokenBudget : measurers[0].TokenBudget));
            return new MeasurerTeam(measurers);
        }
        catch
        {
            measurers.ForEach(measurer => measurer.Dispose());
            throw;
        }
    }

    /// <summary>Measures windows.</summary>
    /// <param name="windows">The windows.</param>
    /// <param name="cancel">Ends the work with the windows that were handed out.</param>
    /// <returns>For each window, in their order, one measurement an example.</returns>
    public IEnumerable<Measurement?[]> Measure(IReadOnlyList<PackingWindow> windows, CancellationToken cancel) =>
        _measurers.Count == 1 ? windows.Select(window => Measure(window, _measurers[0], cancel)) : MeasureSideBySide(windows, cancel);

    /// <summary>The inner products between the gradients of the examples that were measured; null where the run did not ask for them.</summary>
    /// <param name="cancel">Gives it up.</param>
    public ExampleProducts? Products(CancellationToken cancel) => _measurers[0].Products(cancel);

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (var measurer in _measurers)
            measurer.Dispose();
    }

    private static Measurement?[] Measure(PackingWindow window, IExampleMeasurer measurer, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        return window.Measure(measurer, cancel);
    }

    /// <summary>A device takes its operations from one thread, so each engine has its own, and takes the next window that nobody has.</summary>
    private IEnumerable<Measurement?[]> MeasureSideBySide(IReadOnlyList<PackingWindow> windows, CancellationToken cancel)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var room = new SemaphoreSlim(_measurers.Count * Ahead);
        var results = windows.Select(_ => new TaskCompletionSource<Measurement?[]>(TaskCreationOptions.RunContinuationsAsynchronously)).ToArray();
        var queue = new ConcurrentQueue<int>(Enumerable.Range(0, windows.Count));
        Exception? first = null;
        var threads = _measurers.Select(measurer => new Thread(() => Work(measurer)) { Name = $"measuring on {measurer.Device}" }).ToList();
        threads.ForEach(thread => thread.Start());
        try
        {
            foreach (var result in results)
            {
                yield return result.Task.GetAwaiter().GetResult();
                room.Release();
            }
        }
        finally
        {
            stop.Cancel();
            threads.ForEach(thread => thread.Join());
        }

        void Work(IExampleMeasurer measurer)
        {
            var window = -1;
            try
            {
                while (true)
                {
                    room.Wait(stop.Token);
                    if (!queue.TryDequeue(out window))
                        return;
                    results[window].SetResult(Measure(windows[window], measurer, stop.Token));
                    window = -1;
                }
            }
            catch (Exception error)
            {
                // What goes wrong first stops the others, so that is what is told of their windows too, and not that they were stopped. The windows
                // that nobody takes any more are given up.
                var cause = Interlocked.CompareExchange(ref first, error, null) ?? error;
                if (window >= 0)
                    results[window].TrySetException(cause);
                stop.Cancel();
                while (queue.TryDequeue(out var left))
                    results[left].TrySetException(cause);
            }
        }
    }
}
