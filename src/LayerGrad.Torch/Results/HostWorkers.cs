using LayerGrad.Compute;

namespace LayerGrad.Torch.Results;

/// <summary>Threads of the host that solve small problems side by side, each with its own work space.</summary>
internal sealed class HostWorkers : IDisposable
{
    private readonly ThreadTeam _team;
    private readonly InnerProductSpectrum[] _spectra;
    private readonly Lock _running = new();

    /// <summary>Starts them.</summary>
    /// <param name="threads">How many.</param>
    /// <param name="memory">Is told of the work space.</param>
    public HostWorkers(int threads, MemoryCounter memory)
    {
        _team = new ThreadTeam(threads);
        _spectra = [.. Enumerable.Range(0, threads).Select(_ => new InnerProductSpectrum(memory))];
    }

    /// <summary>Does all tasks and returns; from one thread at a time.</summary>
    public void Run((HostWork Work, ReadOnlyMemory<double> Values)[] work)
    {
        var tasks = new List<(int Work, int Task)>();
        for (var i = 0; i < work.Length; i++)
        {
            for (var task = 0; task < work[i].Work.Tasks; task++)
                tasks.Add((i, task));
        }

        lock (_running)
        {
            _team.Run(tasks.Count, (Work: work, Tasks: tasks, Spectra: _spectra), static (
                in ((HostWork Work, ReadOnlyMemory<double> Values)[] Work, List<(int Work, int Task)> Tasks, InnerProductSpectrum[] Spectra) all, int index, int worker) =>
            {
                var (parcel, task) = all.Tasks[index];
                all.Work[parcel].Work.Run(all.Work[parcel].Values, task, all.Spectra[worker]);
            });
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        lock (_running)
        {
            _team.Dispose();
            foreach (var spectrum in _spectra)
                spectrum.Dispose();
        }
    }
}
