using System.Runtime.CompilerServices;

namespace LayerGrad.Compute.Cpu;

/// <content>
/// Statistics of weight gradients from their factors. Every problem is small, so they run side by side, each on one
/// thread. The weights of one example share work and stay together, but for the examples that do not fill all threads.
/// </content>
internal partial class CpuDevice<T>
{
    private readonly GradientWorker<T>[] _gradientWorkers;

    /// <inheritdoc />
    public override DeviceResult<GradientSummary[][]> Summarize(IReadOnlyList<GradientFactors<T>> gradients)
    {
        ReserveWorkers(gradients);
        var results = new GradientSummary[gradients.Count][];
        var tasks = new List<(int Gradient, int First, int Count)>();
        var together = gradients.Count - gradients.Count % Team.Threads;
        for (var i = 0; i < gradients.Count; i++)
        {
            var count = gradients[i].Deltas.Count;
            results[i] = new GradientSummary[count];
            if (i < together)
                tasks.Add((i, 0, count));
            else
                tasks.AddRange(Enumerable.Range(0, count).Select(weight => (i, weight, 1)));
        }

        Team.Run(tasks.Count, (Tasks: tasks, Gradients: gradients, Results: results, Workers: _gradientWorkers, Team.Stop), static (
            in (List<(int Gradient, int First, int Count)> Tasks, IReadOnlyList<GradientFactors<T>> Gradients, GradientSummary[][] Results, GradientWorker<T>[] Workers, CancellationToken Stop) work,
            int index, int worker) =>
        {
            var (gradient, first, count) = work.Tasks[index];
            work.Workers[worker].Summarize(work.Gradients[gradient], first, count, work.Results[gradient], work.Stop);
        });
        Transfers.Download(results.Sum(example => example.Sum(summary => (4L + summary.SingularValues.Length) * sizeof(double))));
        return new DeviceResult<GradientSummary[][]>(results);
    }

    /// <summary>Makes room on every worker alike: which of them gets the largest problem is left to chance, and memory is not.</summary>
    private void ReserveWorkers(IReadOnlyList<GradientFactors<T>> gradients)
    {
        var sizes = default(SummarySizes);
        foreach (var gradient in gradients)
        {
            foreach (var delta in gradient.Deltas)
                sizes = SummarySizes.Max(sizes, SummarySizes.Of(Unsafe.SizeOf<T>(), gradient.Input.Rows, gradient.Input.Columns, delta.Columns));
        }

        _products.Reserve();
        foreach (var worker in _gradientWorkers)
            worker.Reserve(sizes);
    }
}
