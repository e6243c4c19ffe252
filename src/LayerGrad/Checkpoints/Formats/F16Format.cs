using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace LayerGrad.Checkpoints.Formats;

/// <summary>IEEE 754 binary16.</summary>
internal sealed class F16Format : TensorFormat
{
    public static readonly F16Format Instance = new();

    public override string Name => "F16";

    public override int BlockElements => 1;

    public override int BlockBytes => 2;

    public override void Decode(ReadOnlySpan<byte> blocks, Span<float> destination) =>
        TensorPrimitives.ConvertToSingle(MemoryMarshal.Cast<byte, Half>(blocks), destination);
}
