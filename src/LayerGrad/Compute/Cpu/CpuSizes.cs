namespace LayerGrad.Compute.Cpu;

/// <summary>What the processor's device will take.</summary>
/// <param name="elementBytes">4 for float32, 8 for float64.</param>
/// <param name="threads">The threads that compute.</param>
internal sealed class CpuSizes(int elementBytes, int threads) : DeviceSizes
{
    private const long Program = 256L << 20;

    /// <inheritdoc />
    public override int ElementBytes => elementBytes;

    /// <summary>Runtime, tokenizer, dataset, the BLAS library's own buffers.</summary>
    public override long ProgramBytes => Program;

    /// <inheritdoc />
    public override int ParameterBytes(ParameterStorage storage) => elementBytes;

    /// <inheritdoc />
    public override long WorkSpaceBytes(PlannedWork work) => CpuWorkSpace.Bytes(elementBytes, threads, work.Longest, work.Summarized, work.States);
}
