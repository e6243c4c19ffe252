using System.Runtime.InteropServices;
using LayerGrad.Compute;
using LayerGrad.Torch.Results;
using LayerGrad.Torch.Storage;
using TorchSharp;

namespace LayerGrad.Torch.Devices;

/// <content>What crosses between the host and the device, and copies on the device.</content>
internal sealed partial class TorchDevice<T>
{
    /// <summary>The bytes of one staging buffer: large enough for a disk, small enough for several of them at once.</summary>
    private const long StagingBytes = 16L << 20;

    private readonly Outbox _outbox;
    private long _staged;

    /// <summary>The bytes of pinned memory that may be under way to a GPU; then the host waits for it.</summary>
    internal long HostMemory { get; init; } = long.MaxValue;

    /// <inheritdoc />
    public override void Upload(ReadOnlySpan<T> source, Matrix<T> destination)
    {
        Transfers.Upload(destination.Count * ElementBytes);
        if (destination.Count == 0)
            return;
        WaitForRoom(destination.Count * ElementBytes);
        var rows = RowsAtOnce(destination.Columns);
        for (var first = 0; first < destination.Rows; first += rows)
        {
            var part = destination.RowRange(first, Math.Min(rows, destination.Rows - first));
            using var staged = Staging(part.Count, ElementType);
            source.Slice(first * destination.Columns, (int)part.Count).CopyTo(Elements<T>(staged));
            CopyStaged(staged, part);
        }
    }

    /// <inheritdoc />
    public override void Download(Matrix<T> source, Span<T> destination) => Read(source).Wait().CopyTo(destination);

    /// <inheritdoc />
    public override DeviceResult<T[]> Read(Matrix<T> source)
    {
        Transfers.Download(source.Count * ElementBytes);
        torch.Tensor? host = null;
        Do(OnProcessor ? 0 : source.Count * ElementBytes, () =>
        {
            // A copy, as what it is read from may be written anew as soon as this call returns.
            using var copy = source.View().contiguous();
            host = (OnProcessor ? copy.clone() : copy.to(torch.CPU, non_blocking: true)).DetachFromDisposeScope();
        });
        return new DeviceResult<T[]>(new ReadResult<T>(host!, OnProcessor ? null : _target));
    }

    /// <inheritdoc />
    public override void Fill(Matrix<T> destination, RangeReader<T> read)
    {
        Transfers.Upload(destination.Count * ElementBytes);
        WaitForRoom(destination.Count * ElementBytes);
        ForStaged(destination.Rows, destination.Columns, (first, count) =>
        {
            var part = destination.RowRange(first, count);
            using var staged = Staging(part.Count, ElementType);
            read((long)first * destination.Columns, Elements<T>(staged));
            CopyStaged(staged, part);
        });
    }

    /// <inheritdoc />
    public override ParameterMemory<T> AllocateParameters(long length, ParameterStorage storage) =>
        KeepsNarrow(storage, _precision, OnProcessor) ? new TorchParameters<T>(Memory, length, _target) : Allocate(length);

    /// <inheritdoc />
    public override int ParameterBytes(ParameterStorage storage) => ParameterBytes(storage, _precision, OnProcessor);

    /// <inheritdoc />
    public override void LoadParameter(Parameter<T> parameter, RangeReader<T> read)
    {
        if (parameter.Memory.Storage == ParameterStorage.Element)
        {
            Fill(parameter.AsMatrix(), read);
            return;
        }

        Transfers.Upload(parameter.Count * sizeof(ushort));
        WaitForRoom(parameter.Count * sizeof(ushort));
        ForStaged(parameter.Rows, parameter.Columns, (first, count) =>
        {
            var part = parameter.RowRange(first, count);
            using var staged = Staging(part.Count, torch.ScalarType.BFloat16);
            var values = new T[part.Count];
            read((long)first * parameter.Columns, values);
            var halves = Elements<ushort>(staged);
            for (var i = 0; i < values.Length; i++)
                halves[i] = (ushort)(BitConverter.SingleToUInt32Bits(float.CreateTruncating(values[i])) >> 16);
            using var shaped = staged.view(part.Rows, part.Columns);
            using var to = part.View();
            to.copy_(shaped, !OnProcessor);
        });
    }

    /// <inheritdoc />
    public override void Widen(Parameter<T> parameter, Matrix<T> destination) => Do(0, () => destination.View().copy_(parameter.View()));

    /// <inheritdoc />
    public override void Clear(Matrix<T> matrix) => Do(0, () => matrix.View().zero_());

    /// <inheritdoc />
    public override void Copy(Matrix<T> source, Matrix<T> destination)
    {
        RequireSameShape(source, destination);
        Do(0, () => destination.View().copy_(source.View()));
    }

    /// <summary>
    /// Whether parameters that bfloat16 holds stay in two bytes: where products take them so, and on a GPU, whose memory is scarce, in every precision. libtorch's processor
    /// kernels would widen them anew for each product of float32.
    /// </summary>
    private static bool KeepsNarrow(ParameterStorage storage, Precision precision, bool onProcessor) =>
        storage == ParameterStorage.BFloat16 && (precision == Precision.BFloat16 || !onProcessor);

    /// <summary>Indices, factors or the like as a tensor on the device.</summary>
    private torch.Tensor ToDevice<TValue>(TValue[] values)
        where TValue : unmanaged
    {
        using var host = torch.from_array(values);
        return OnProcessor ? host.clone() : host.to(_target);
    }

    /// <summary>Hands runs of rows out to several threads, each of which has a staging buffer of its own.</summary>
    private void ForStaged(int rows, int columns, Action<int, int> body)
    {
        if (rows == 0 || columns == 0)
            return;
        var atOnce = Math.Min(RowsAtOnce(columns), Math.Max(1, (rows + _threads - 1) / _threads));
        try
        {
            ParallelLoop.For((rows + atOnce - 1) / atOnce, run => body(run * atOnce, Math.Min(atOnce, rows - run * atOnce)), _threads);
        }
        catch (ExternalException error)
        {
            throw LibTorchErrors.Translate(error, Memory);
        }
    }

    private static int RowsAtOnce(int columns) => (int)Math.Clamp(StagingBytes / ElementBytes / Math.Max(1, columns), 1, int.MaxValue);

    /// <summary>
    /// Host memory that goes to the device. For a GPU it is pinned: the copy is queued behind what was asked before, so that the host reads and converts the next weights
    /// while the GPU still computes with the last ones. libtorch keeps the pages until the copy is done, though the tensor is disposed before.
    /// </summary>
    private torch.Tensor Staging(long elements, torch.ScalarType type)
    {
        var pageable = torch.empty(elements, type, torch.CPU).DetachFromDisposeScope();
        if (_target.type != DeviceType.CUDA)
            return pageable;
        using (pageable)
            return pageable.pin_memory().DetachFromDisposeScope();
    }

    /// <summary>Counts what is about to be staged, and waits for the GPU where too much would be under way.</summary>
    private void WaitForRoom(long bytes)
    {
        if (OnProcessor)
            return;
        if (_staged > 0 && _staged + bytes > HostMemory)
        {
            Synchronize();
            _staged = 0;
        }

        _staged += bytes;
    }

    private static Span<TElement> Elements<TElement>(torch.Tensor host)
        where TElement : unmanaged => MemoryMarshal.Cast<byte, TElement>(host.bytes);

    private void CopyStaged(torch.Tensor staged, Matrix<T> destination)
    {
        using var shaped = staged.view(destination.Rows, destination.Columns);
        using var to = destination.View();
        to.copy_(shaped, !OnProcessor);
    }
}
