using System.Text.Json;
using LayerGrad.Checkpoints;

namespace LayerGrad.Tests.Support;

/// <summary>A checkpoint whose tensors are read once and stay, for tests that make many decoders of it.</summary>
internal sealed class ResidentCheckpoint : Checkpoint
{
    private readonly Checkpoint checkpoint;
    private readonly Dictionary<string, double[]> values = [];

    public ResidentCheckpoint(Checkpoint checkpoint)
    {
        this.checkpoint = checkpoint;
        foreach (var (name, tensor) in checkpoint.Tensors)
            checkpoint.Read(name, 0, (values[name] = new double[tensor.Elements]).AsSpan());
    }

    public override string Location => checkpoint.Location;

    public override JsonElement Config => checkpoint.Config;

    public override IReadOnlyDictionary<string, TensorInfo> Tensors => checkpoint.Tensors;

    public override void Read(string name, long start, Span<float> destination) => checkpoint.Read(name, start, destination);

    public override void Read(string name, long start, Span<double> destination) => values[name].AsSpan((int)start, destination.Length).CopyTo(destination);

    public override string Hash() => checkpoint.Hash();

    protected override void Dispose(bool disposing) => checkpoint.Dispose();
}
