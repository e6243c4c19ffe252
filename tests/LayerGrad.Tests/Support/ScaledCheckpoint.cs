using System.Text.Json;
using LayerGrad.Checkpoints;

namespace LayerGrad.Tests.Support;

/// <summary>
/// A checkpoint of which some tensors are changed by a factor, as if they had been stored so: rounded to float32, or not
/// where the factor lies beyond its range.
/// </summary>
internal sealed class ScaledCheckpoint(Checkpoint tensors, Func<string, double?> factorOf, bool storedAsFloat = true) : Checkpoint
{
    public override string Location => tensors.Location;

    public override JsonElement Config => tensors.Config;

    public override IReadOnlyDictionary<string, TensorInfo> Tensors => tensors.Tensors;

    public override void Read(string name, long start, Span<float> destination)
    {
        var wide = new double[destination.Length];
        Read(name, start, wide);
        for (var i = 0; i < wide.Length; i++)
            destination[i] = (float)wide[i];
    }

    public override void Read(string name, long start, Span<double> destination)
    {
        tensors.Read(name, start, destination);
        if (factorOf(name) is not { } factor)
            return;
        foreach (ref var value in destination)
            value = storedAsFloat ? (float)(value * factor) : value * factor;
    }

    public override string Hash() => tensors.Hash();

    protected override void Dispose(bool disposing)
    {
    }
}
