using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LayerGrad.Compute;
using LayerGrad.Torch.Loading;
using LayerGrad.Torch.Results;
using LayerGrad.Torch.Storage;
using TorchSharp;

namespace LayerGrad.Torch.Devices;

/// <summary>
/// A device of libtorch: its processor kernels, or a GPU. Every operation is made of libtorch's own, forward and backward alike; there is no tape.
/// Products go through mm, bmm, addmm and baddbmm alone: an error in others ends the process instead of throwing. No operation adds
/// with atomics, so the same calls give the same bits again.
/// </summary>
/// <remarks>
/// libtorch's switch to deterministic algorithms stays off: it would fill every fresh tensor, and none of the operations used here needs it. Every tensor lives in the dispose scope of
/// its call; what outlives the call is detached from it and disposed by its owner.
/// </remarks>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal sealed partial class TorchDevice<T> : Device<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>What temporary tensors of element operations may take at a time: on a processor they should stay in its caches.</summary>
    private const long ProcessorChunk = 8L << 20;

    /// <summary>The same on a GPU, which a smaller piece of work would not fill.</summary>
    private const long AcceleratorChunk = 256L << 20;

    private readonly torch.Device _target;
    private readonly Precision _precision;
    private readonly int _threads;
    private bool _sumsNarrow;

    /// <summary>A device that computes in a precision.</summary>
    /// <param name="target">Where: cpu, cuda:K or mps.</param>
    /// <param name="precision">In which numbers; what it says must fit <typeparamref name="T"/>.</param>
    /// <param name="threads">Processor threads: those of libtorch's kernels, and those of what the host computes for a GPU.</param>
    /// <exception cref="InputException">There is no libtorch that fits, or the target does not compute in this precision.</exception>
    internal TorchDevice(torch.Device target, Precision precision, int threads) : this(target, precision, threads, new MemoryCounter())
    {
    }

    /// <summary>A device that counts its memory with a given counter.</summary>
    internal TorchDevice(torch.Device target, Precision precision, int threads, MemoryCounter memory) : base(memory)
    {
        LibTorch.Require();
        if (precision == Precision.Float64 != (typeof(T) == typeof(double)))
            throw new ArgumentException($"{precision} in elements of {typeof(T).Name}", nameof(precision));
        (_target, _precision, _threads) = (target, precision, threads);
        OnProcessor = target.type == DeviceType.CPU;
        if (precision == Precision.TensorFloat32 && target.type != DeviceType.CUDA)
            throw new InputException($"--precision tf32: only CUDA GPUs round products to TF32, and {target} is none; say fp32 or bf16.");
        SetProducts();
        _outbox = new Outbox(OnProcessor ? null : target, threads, memory, Transfers);
    }

    /// <summary>Whether libtorch's processor kernels compute, in the host's memory.</summary>
    internal bool OnProcessor { get; }

    /// <inheritdoc />
    public override string Description => $"{Hardware}, libtorch {LibTorch.Loaded.Version}, {_precision.NameOf()}{(_sumsNarrow ? " (parts of sums in bf16)" : "")}, {_threads} threads";

    private string Hardware => OnProcessor ? "torch" : $"{_target} {CudaDriver.Instance?.Gpus()[_target.index].Name}";

    /// <summary>The type of <typeparamref name="T"/>.</summary>
    private static torch.ScalarType ElementType => typeof(T) == typeof(double) ? torch.ScalarType.Float64 : torch.ScalarType.Float32;

    private static int ElementBytes => Unsafe.SizeOf<T>();

    private long Chunk => OnProcessor ? ProcessorChunk : AcceleratorChunk;

    /// <inheritdoc />
    public override DeviceMemory<T> Allocate(long length) => new TorchMemory<T>(Memory, length, _target);

    /// <inheritdoc />
    public override void Synchronize()
    {
        if (_target.type == DeviceType.CUDA)
            torch.cuda.synchronize(_target);
    }

    /// <inheritdoc />
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _outbox.Dispose();
            _examples?.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>
    /// TF32 in products of float32 only where it was asked for. With bf16 weights it is on: what is multiplied beside weights (attention's scores, tiles of gradients)
    /// then keeps three bits more than bf16 has, and its result stays float32.
    /// </summary>
    private void SetProducts()
    {
        if (OnProcessor)
            torch.set_num_threads(_threads);
        if (_target.type != DeviceType.CUDA)
            return;
        torch.backends.cuda.matmul.allow_tf32 = _precision is Precision.TensorFloat32 or Precision.BFloat16;
        torch.backends.cuda.matmul.allow_fp16_reduced_precision_reduction = false;
        _sumsNarrow = _precision == Precision.BFloat16 && !ReducedPrecision.TrySwitchOff();
    }

    /// <summary>Runs one operation: its tensors are disposed, its work space is counted, its errors are translated, and nothing is recorded on a tape.</summary>
    /// <param name="workBytes">What the temporary tensors take.</param>
    /// <param name="operation">The operation.</param>
    private void Do(long workBytes, Action operation)
    {
        Stop.ThrowIfCancellationRequested();
        if (workBytes > 0)
            Memory.Add(workBytes);
        var scalars = Scalars.Count;
        try
        {
            using var scope = torch.NewDisposeScope();
            using var noTape = torch.no_grad();
            operation();
        }
        catch (ExternalException error)
        {
            throw LibTorchErrors.Translate(error, Memory);
        }
        finally
        {
            Scalars.Release(scalars);
            Memory.Remove(workBytes);
        }
    }

    /// <summary>Runs an operation on rows that do not depend on each other, so many at a time as the temporary tensors have room for.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="workBytes">What the temporary tensors take for a row.</param>
    /// <param name="operation">Called with the first row and the number of rows.</param>
    private void ForRows(int rows, long workBytes, Action<int, int> operation)
    {
        var most = (int)Math.Clamp(Chunk / Math.Max(1, workBytes), 1, Math.Max(1, rows));
        for (var first = 0; first < rows; first += most)
        {
            var (from, count) = (first, Math.Min(most, rows - first));
            Do(count * workBytes, () => operation(from, count));
        }
    }

    /// <summary>A parameter in the element type: the stored elements themselves where they have it.</summary>
    private static torch.Tensor Wide(Parameter<T> parameter) => parameter.View().to(ElementType);

    private static void RequireSameShape(Matrix<T> a, Matrix<T> b)
    {
        if (a.Rows != b.Rows || a.Columns != b.Columns)
            throw new ArgumentException($"{a.Rows} x {a.Columns} beside {b.Rows} x {b.Columns}", nameof(b));
    }
}
