using LayerGrad.Checkpoints.Safetensors;

namespace LayerGrad.Checkpoints;

/// <summary>A tensor that a file of weights says it holds.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">Its dimensions, the slowest first.</param>
/// <param name="Begin">The position of its first byte in the file.</param>
/// <param name="End">The position of the byte after its last.</param>
internal sealed record WeightTensor(string Name, SafetensorsDType DType, long[] Shape, long Begin, long End);
