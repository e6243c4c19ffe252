using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace LayerGrad.Checkpoints.Formats;

/// <summary>IEEE 754 binary64; rounded to nearest where float32 is asked for.</summary>
internal sealed class F64Format : TensorFormat
{
    public static readonly F64Format Instance = new();

    public override string Name => "F64";

    public override int BlockElements => 1;

    public override int BlockBytes => sizeof(double);

    public override void Decode(ReadOnlySpan<byte> blocks, Span<float> destination) =>
        TensorPrimitives.ConvertTruncating(MemoryMarshal.Cast<byte, double>(blocks), destination);
}
