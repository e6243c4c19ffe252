using System.Numerics;
using System.Runtime.InteropServices;

namespace LayerGrad.Checkpoints.Formats;

/// <summary>bfloat16: the upper half of a binary32.</summary>
internal sealed class BF16Format : TensorFormat
{
    public static readonly BF16Format Instance = new();

    public override string Name => "BF16";

    public override int BlockElements => 1;

    public override int BlockBytes => 2;

    public override void Decode(ReadOnlySpan<byte> blocks, Span<float> destination)
    {
        var halves = MemoryMarshal.Cast<byte, ushort>(blocks);
        var bits = MemoryMarshal.Cast<float, uint>(destination[..halves.Length]);
        var halfVectors = MemoryMarshal.Cast<ushort, Vector<ushort>>(halves);
        var bitVectors = MemoryMarshal.Cast<uint, Vector<uint>>(bits)[..(2 * halfVectors.Length)];
        for (var i = 0; i < halfVectors.Length; i++)
        {
            Vector.Widen(halfVectors[i], out var low, out var high);
            bitVectors[2 * i] = low << 16;
            bitVectors[(2 * i) + 1] = high << 16;
        }
        for (var i = halfVectors.Length * Vector<ushort>.Count; i < halves.Length; i++)
            bits[i] = (uint)halves[i] << 16;
    }
}
