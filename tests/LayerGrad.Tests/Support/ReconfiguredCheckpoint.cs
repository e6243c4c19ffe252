using System.Text.Json;
using LayerGrad.Checkpoints;

namespace LayerGrad.Tests.Support;

/// <summary>The tensors of one checkpoint under the configuration of another.</summary>
internal sealed class ReconfiguredCheckpoint(Checkpoint tensors, JsonElement config) : Checkpoint
{
    public override string Location => tensors.Location;

    public override JsonElement Config => config;

    public override IReadOnlyDictionary<string, TensorInfo> Tensors => tensors.Tensors;

    public override IReadOnlyDictionary<string, object>? GgufMetadata => tensors.GgufMetadata;

    public override void Read(string name, long start, Span<float> destination) => tensors.Read(name, start, destination);

    public override void Read(string name, long start, Span<double> destination) => tensors.Read(name, start, destination);

    public override string Hash() => tensors.Hash();

    protected override void Dispose(bool disposing)
    {
    }
}
