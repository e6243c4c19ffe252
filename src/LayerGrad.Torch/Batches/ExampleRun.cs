using TorchSharp;

namespace LayerGrad.Torch.Batches;

/// <summary>Rows of examples that stand one behind the other without gaps.</summary>
/// <param name="Start">The first row.</param>
/// <param name="Count">How many.</param>
/// <param name="Positions">The position of each row in its example; null where they count up from 0, in an example alone.</param>
internal sealed record ExampleRun(int Start, int Count, torch.Tensor? Positions);
