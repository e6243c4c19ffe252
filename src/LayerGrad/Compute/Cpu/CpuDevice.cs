using System.Numerics;
using System.Runtime.CompilerServices;

namespace LayerGrad.Compute.Cpu;

/// <summary>
/// The processor: products through <see cref="Gemm{T}"/>, rows through System.Numerics.Tensors, both over one
/// team of threads. Rows are dealt out in contiguous runs, and no sum crosses threads, so the number of threads
/// changes no bit of an element operation.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal partial class CpuDevice<T> : Device<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The elements below which handing rows to other threads costs more than it saves.</summary>
    private const long WorthSharing = 1 << 14;

    private readonly Gemm<T> _products;

    /// <summary>A device that computes on so many threads.</summary>
    /// <param name="threads">The number of threads, at least 1.</param>
    public CpuDevice(int threads) : this(threads, new MemoryCounter())
    {
    }

    /// <summary>A device that counts its memory with a given counter.</summary>
    /// <param name="threads">The number of threads, at least 1.</param>
    /// <param name="memory">Is told of every allocation.</param>
    internal CpuDevice(int threads, MemoryCounter memory) : base(memory)
    {
        Team = new ThreadTeam(threads);
        try
        {
            _products = new Gemm<T>(Team, memory);
            _scores = [.. Enumerable.Range(0, threads).Select(_ => new NativeBuffer<T>(memory))];
            _gradientWorkers = [.. Enumerable.Range(0, threads).Select(worker => new GradientWorker<T>(memory, _products.Of(worker)))];
        }
        catch
        {
            Team.Dispose();
            throw;
        }
    }

    /// <summary>The threads that share the work.</summary>
    public ThreadTeam Team { get; }

    /// <inheritdoc />
    public override string Description => $"cpu, {Team.Threads} threads, {BlasLibrary.Description}";

    /// <inheritdoc />
    public override CancellationToken Stop
    {
        get => Team.Stop;
        set => Team.Stop = value;
    }

    /// <inheritdoc />
    public override DeviceMemory<T> Allocate(long length) => new CpuMemory<T>(Memory, length);

    /// <inheritdoc />
    public override void Upload(ReadOnlySpan<T> source, Matrix<T> destination)
    {
        Transfers.Upload(destination.Count * Unsafe.SizeOf<T>());
        for (var row = 0; row < destination.Rows; row++)
            source.Slice(row * destination.Columns, destination.Columns).CopyTo(destination.Row(row));
    }

    /// <inheritdoc />
    public override void Download(Matrix<T> source, Span<T> destination)
    {
        Transfers.Download(source.Count * Unsafe.SizeOf<T>());
        for (var row = 0; row < source.Rows; row++)
            source.Row(row).CopyTo(destination.Slice(row * source.Columns, source.Columns));
    }

    /// <inheritdoc />
    public override DeviceResult<T[]> Read(Matrix<T> source)
    {
        var values = GC.AllocateUninitializedArray<T>(checked((int)source.Count));
        Download(source, values);
        return new DeviceResult<T[]>(values);
    }

    /// <inheritdoc />
    public override void Synchronize()
    {
        // Every operation is done when its call returns.
    }

    /// <inheritdoc />
    public override void Fill(Matrix<T> destination, RangeReader<T> read)
    {
        Transfers.Upload(destination.Count * Unsafe.SizeOf<T>());
        ForRows(destination.Rows, destination.Columns, (first, last) =>
        {
            if (destination.Stride == destination.Columns && (long)(last - first) * destination.Columns <= int.MaxValue)
            {
                read((long)first * destination.Columns, Run(destination, first, last));
                return;
            }

            for (var row = first; row < last; row++)
                read((long)row * destination.Columns, destination.Row(row));
        });
    }

    /// <inheritdoc />
    public override void Clear(Matrix<T> matrix) => ForRows(matrix.Rows, matrix.Columns, (first, last) =>
    {
        for (var row = first; row < last; row++)
            matrix.Row(row).Clear();
    });

    /// <inheritdoc />
    public override void Copy(Matrix<T> source, Matrix<T> destination)
    {
        RequireSameShape(source, destination);
        ForRows(source.Rows, source.Columns, (first, last) =>
        {
            for (var row = first; row < last; row++)
                source.Row(row).CopyTo(destination.Row(row));
        });
    }

    /// <inheritdoc />
    public override unsafe void Multiply(Matrix<T> a, bool transposeA, Matrix<T> b, bool transposeB, Matrix<T> c, double alpha = 1, double beta = 0)
    {
        var (m, k) = transposeA ? (a.Columns, a.Rows) : (a.Rows, a.Columns);
        var (inner, n) = transposeB ? (b.Columns, b.Rows) : (b.Rows, b.Columns);
        if (k != inner || c.Rows != m || c.Columns != n)
            throw new ArgumentException($"({m} x {k}) times ({inner} x {n}) into ({c.Rows} x {c.Columns})", nameof(c));
        _products.Multiply(
            transposeA, transposeB, m, n, k, T.CreateTruncating(alpha), a.Pointer(), a.Stride, b.Pointer(), b.Stride,
            T.CreateTruncating(beta), c.Pointer(), c.Stride);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Team.Dispose();
            foreach (var worker in _gradientWorkers)
                worker.Dispose();
            foreach (var scores in _scores)
                scores.Dispose();
            _products.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>Runs over all rows, in contiguous runs on the team's threads where there is enough to do.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="columns">The elements of work in a row.</param>
    /// <param name="body">Called with the first row and the one behind the last.</param>
    private void ForRows(int rows, long columns, Action<int, int> body)
    {
        if (rows == 0)
            return;
        if (Team.Threads == 1 || rows == 1 || rows * columns < WorthSharing)
        {
            Team.Stop.ThrowIfCancellationRequested();
            body(0, rows);
            return;
        }

        // Four runs a thread, so that a thread that was held up does not hold up the others.
        var runs = Math.Min(rows, Team.Threads * 4);
        Team.Run(runs, (Body: body, Rows: (long)rows, Runs: runs), static (in (Action<int, int> Body, long Rows, int Runs) work, int run, int _) =>
            work.Body((int)(work.Rows * run / work.Runs), (int)(work.Rows * (run + 1) / work.Runs)));
    }

    private static unsafe Span<T> Run(Matrix<T> matrix, int first, int last) =>
        new(matrix.Pointer() + (long)first * matrix.Stride, (last - first) * matrix.Columns);

    private static void RequireSameShape(Matrix<T> a, Matrix<T> b)
    {
        if (a.Rows != b.Rows || a.Columns != b.Columns)
            throw new ArgumentException($"{a.Rows} x {a.Columns} beside {b.Rows} x {b.Columns}", nameof(b));
    }
}
