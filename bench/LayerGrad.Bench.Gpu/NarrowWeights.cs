using LayerGrad.Bench.Headline;
using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Bench.Gpu;

/// <summary>Made-up weights that bfloat16 holds, as most checkpoints have them.</summary>
internal sealed class NarrowWeights : IParameterSource<float>
{
    /// <inheritdoc />
    public void Read(ParameterSpecification parameter, long start, Span<float> destination)
    {
        SyntheticWeights.Fill(parameter.Name, start, destination);
        foreach (ref var value in destination)
            value = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000u);
    }

    /// <inheritdoc />
    public ParameterStorage StorageOf(ParameterSpecification parameter) => ParameterStorage.BFloat16;

    /// <inheritdoc />
    public void Prefetch(ParameterSpecification parameter)
    {
    }
}
