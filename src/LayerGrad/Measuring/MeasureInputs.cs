using LayerGrad.Checkpoints;
using LayerGrad.Examples;

namespace LayerGrad.Measuring;

/// <summary>What a run reads, opened and identified: the model's files, the selected examples and how to encode them.</summary>
/// <param name="Checkpoint">The model.</param>
/// <param name="Identity">The run's metadata without its plan.</param>
/// <param name="Examples">The selected examples, in the dataset's order.</param>
/// <param name="CreateEncoder">Makes the encoder, given the date that chat templates see.</param>
internal sealed record MeasureInputs(
    Checkpoint Checkpoint,
    RunMetadata Identity,
    IReadOnlyList<Example> Examples,
    Func<DateOnly, Func<Example, EncodedExample>> CreateEncoder) : IDisposable
{
    public void Dispose() => Checkpoint.Dispose();
}
