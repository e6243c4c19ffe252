using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using LayerGrad.Torch.Devices;

namespace LayerGrad.Torch;

/// <summary>
/// What a device of libtorch will take: the largest of its operations' temporary tensors, which live one operation at a time. These are bounds, not the exact
/// bytes: libtorch has memory of its own besides.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="precision">In which numbers it computes.</param>
/// <param name="ownMemory">Whether it is a GPU.</param>
/// <param name="threads">Processor threads.</param>
internal sealed class TorchSizes<T>(Precision precision, bool ownMemory, int threads) : DeviceSizes
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Runtime, tokenizer, dataset, and libtorch, where all of it is in the memory that is planned.</summary>
    private const long ProcessBytes = 512L << 20;

    /// <summary>Of a GPU's memory: cuBLAS's and cuSOLVER's work space, and what libtorch's allocator cannot use.</summary>
    private const long GpuBytes = 768L << 20;

    /// <inheritdoc />
    public override int ElementBytes => Unsafe.SizeOf<T>();

    /// <inheritdoc />
    public override long ProgramBytes => ownMemory ? GpuBytes : ProcessBytes;

    /// <inheritdoc />
    public override int ParameterBytes(ParameterStorage storage) => TorchDevice<T>.ParameterBytes(storage, precision, !ownMemory);

    /// <inheritdoc />
    public override long WorkSpaceBytes(PlannedWork work) => TorchDevice<T>.WaitingBytes(work, ownMemory, threads)
        + new[] { TorchDevice<T>.SummaryBytes(work, ownMemory), TorchDevice<T>.AttentionBytes(work, ownMemory), TorchDevice<T>.ProductBytes(work, precision, ownMemory) }.Max();
}
