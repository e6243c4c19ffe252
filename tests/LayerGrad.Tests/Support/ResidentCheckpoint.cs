using System.Text.Json;
using LayerGrad.Checkpoints;

namespace LayerGrad.Tests.Support;

/// <summary>A checkpoint whose tensors are read once and stay, for tests that make many decoders of it.</summary>
internal sealed class ResidentCheckpoint : Checkpoint
{
    private readonly Checkpoint _checkpoint;
    private readonly Dictionary<string, double[]> _values = [];

    public ResidentCheckpoint(Checkpoint checkpoint)
    {
        _checkpoint = checkpoint;
        foreach (var (name, tensor) in checkpoint.Tensors)
            checkpoint.Read(name, 0, (_values[name] = new double[tensor.Elements]).AsSpan());
    }

    public override string Location => _checkpoint.Location;

    public override JsonElement Config => _checkpoint.Config;

    public override IReadOnlyDictionary<string, TensorInfo> Tensors => _checkpoint.Tensors;

    public override void Read(string name, long start, Span<float> destination) => _checkpoint.Read(name, start, destination);

    public override void Read(string name, long start, Span<double> destination) => _values[name].AsSpan((int)start, destination.Length).CopyTo(destination);

    public override string Hash() => _checkpoint.Hash();

    protected override void Dispose(bool disposing) => _checkpoint.Dispose();
}
