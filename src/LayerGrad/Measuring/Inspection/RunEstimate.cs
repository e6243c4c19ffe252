using LayerGrad.Decoders;

namespace LayerGrad.Measuring.Inspection;

/// <summary>What the engine of a run takes.</summary>
/// <param name="Plan">How the model is held in memory.</param>
/// <param name="Time">About how long examples take.</param>
/// <param name="Weights">How many weights are measured of an example.</param>
/// <param name="Device">What computes.</param>
internal sealed record RunEstimate(MemoryPlan Plan, TimeEstimate Time, int Weights, string Device);
