using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Bench.Headline;

/// <summary>The synthetic weights cut to bfloat16, as most checkpoints store theirs.</summary>
internal sealed class BFloat16Weights : IParameterSource<float>
{
    private readonly SyntheticWeights _weights = new();

    /// <inheritdoc />
    public void Read(ParameterSpecification parameter, long start, Span<float> destination)
    {
        _weights.Read(parameter, start, destination);
        foreach (ref var value in destination)
            value = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000);
    }

    /// <inheritdoc />
    public ParameterStorage StorageOf(ParameterSpecification parameter) => ParameterStorage.BFloat16;

    /// <inheritdoc />
    public void Prefetch(ParameterSpecification parameter)
    {
    }
}
