using LayerGrad.Compute;
using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Tests.Decoders;

namespace LayerGrad.Tests.Compute;

/// <summary>Random weights whose values bfloat16 holds, as most checkpoints' are.</summary>
/// <param name="narrow">Which parameters are said to be such.</param>
internal sealed class BFloat16Parameters(Func<ParameterSpecification, bool> narrow) : IParameterSource<float>
{
    private readonly SeededParameters<float> _wide = new();

    public void Read(ParameterSpecification parameter, long start, Span<float> destination)
    {
        _wide.Read(parameter, start, destination);
        foreach (ref var value in destination)
            value = BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000);
    }

    public ParameterStorage StorageOf(ParameterSpecification parameter) => narrow(parameter) ? ParameterStorage.BFloat16 : ParameterStorage.Element;

    public void Prefetch(ParameterSpecification parameter)
    {
    }
}
