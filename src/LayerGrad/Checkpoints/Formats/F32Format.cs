using System.Runtime.InteropServices;

namespace LayerGrad.Checkpoints.Formats;

/// <summary>IEEE 754 binary32.</summary>
internal sealed class F32Format : TensorFormat
{
    public static readonly F32Format Instance = new();

    public override string Name => "F32";

    public override int BlockElements => 1;

    public override int BlockBytes => sizeof(float);

    public override void Decode(ReadOnlySpan<byte> blocks, Span<float> destination) =>
        MemoryMarshal.Cast<byte, float>(blocks).CopyTo(destination);
}
