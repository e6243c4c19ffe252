using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;

namespace LayerGrad.Compute;

/// <summary>One item of work of <see cref="ThreadTeam.Run{TState}"/>.</summary>
/// <param name="state">What the caller handed over, the same for every item.</param>
/// <param name="index">The item, 0 to count - 1.</param>
/// <param name="worker">The worker that runs it, 0 to <see cref="ThreadTeam.Threads"/> - 1; no two items run at once on one worker.</param>
internal delegate void TeamWork<TState>(in TState state, int index, int worker);

/// <summary>
/// Persistent threads that share the items of one job after another (fork and join). The calling thread is worker 0. Items are dealt as
/// workers come free, so they must not depend on their order. A run inside an item of the same team runs inline on that worker. A run allocates nothing.
/// </summary>
internal sealed unsafe class ThreadTeam : IDisposable
{
    [ThreadStatic]
    private static ThreadTeam? s_team;

    [ThreadStatic]
    private static int s_worker;

    private readonly Lock _running = new();
    private readonly SemaphoreSlim _finished = new(0);
    private readonly SemaphoreSlim[] _wake;
    private readonly Thread[] _helpers;
    private delegate*<void*, Delegate, int, int, void> _invoke;
    private void* _state;
    private Delegate? _body;
    private int _count;
    private int _next;
    private int _pending;
    private ExceptionDispatchInfo? _failure;
    private bool _disposed;

    /// <summary>Starts a team.</summary>
    /// <param name="threads">The number of workers, the calling thread counted; at least 1.</param>
    public ThreadTeam(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        Threads = threads;
        _wake = new SemaphoreSlim[threads - 1];
        _helpers = new Thread[threads - 1];
        for (var i = 0; i < _helpers.Length; i++)
        {
            var worker = i + 1;
            _wake[i] = new SemaphoreSlim(0);
            _helpers[i] = new Thread(() => Help(worker)) { IsBackground = true, Name = $"LayerGrad worker {worker}" };
            _helpers[i].Start();
        }
    }

    /// <summary>The number of workers, the calling thread counted.</summary>
    public int Threads { get; }

    /// <summary>The worker that the calling thread is: 0 outside of a run.</summary>
    public int Worker => s_team == this ? s_worker : 0;

    /// <summary>Where it is called for, runs are given up between two items; set between runs.</summary>
    public CancellationToken Stop { get; set; }

    /// <summary>Runs <paramref name="body"/> for every index below <paramref name="count"/> and returns when all are done.</summary>
    /// <exception cref="OperationCanceledException"><see cref="Stop"/> was called for.</exception>
    /// <exception cref="Exception">The first exception that an item threw; items not begun by then are left out.</exception>
    public void Run<TState>(int count, TState state, TeamWork<TState> body)
    {
        if (count <= 0)
            return;

        if (s_team == this || Threads == 1 || count == 1)
        {
            var worker = Worker;
            for (var i = 0; i < count; i++)
            {
                Stop.ThrowIfCancellationRequested();
                body(in state, i, worker);
            }

            return;
        }

        lock (_running)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            // The state lies in this frame, which outlives the run because the run ends only when every helper has.
            Start(&Invoke<TState>, Unsafe.AsPointer(ref state), body, count);
            GC.KeepAlive(state);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        lock (_running)
        {
            if (_disposed)
                return;
            _disposed = true;
            foreach (var wake in _wake)
                wake.Release();
        }

        foreach (var helper in _helpers)
            helper.Join();
        foreach (var wake in _wake)
            wake.Dispose();
        _finished.Dispose();
    }

    private static void Invoke<TState>(void* state, Delegate body, int index, int worker) =>
        Unsafe.As<TeamWork<TState>>(body)(in Unsafe.AsRef<TState>(state), index, worker);

    private void Start(delegate*<void*, Delegate, int, int, void> invoke, void* state, Delegate body, int count)
    {
        var helpers = Math.Min(_helpers.Length, count - 1);
        _invoke = invoke;
        _state = state;
        _body = body;
        _count = count;
        _next = 0;
        _failure = null;
        _pending = helpers;
        for (var i = 0; i < helpers; i++)
            _wake[i].Release();

        var (outerTeam, outerWorker) = (s_team, s_worker);
        (s_team, s_worker) = (this, 0);
        WorkOff(0);
        (s_team, s_worker) = (outerTeam, outerWorker);
        _finished.Wait();
        _body = null;
        _failure?.Throw();
    }

    private void Help(int worker)
    {
        (s_team, s_worker) = (this, worker);
        while (true)
        {
            _wake[worker - 1].Wait();
            if (_disposed)
                return;
            WorkOff(worker);
            if (Interlocked.Decrement(ref _pending) == 0)
                _finished.Release();
        }
    }

    private void WorkOff(int worker)
    {
        try
        {
            int index;
            while ((index = Interlocked.Increment(ref _next) - 1) < _count)
            {
                Stop.ThrowIfCancellationRequested();
                _invoke(_state, _body!, index, worker);
            }
        }
        catch (Exception exception)
        {
            Interlocked.CompareExchange(ref _failure, ExceptionDispatchInfo.Capture(exception), null);
            Interlocked.Exchange(ref _next, _count);
        }
    }
}
