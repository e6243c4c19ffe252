namespace LayerGrad.Runs;

/// <summary>What a line of a run says of its numbers beside the numbers themselves.</summary>
/// <param name="NearTies">Choices of experts that another precision may make differently.</param>
/// <param name="Widened">Whether the example left the range of float32 and was measured in float64.</param>
/// <param name="Unresolved">Weights without statistics, because their gradients leave the range of the numbers.</param>
internal readonly record struct RunRemarks(int NearTies, bool Widened, int Unresolved);
