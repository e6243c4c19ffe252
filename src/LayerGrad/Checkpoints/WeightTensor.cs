namespace LayerGrad.Checkpoints.Safetensors;

/// <summary>A tensor in the header of a safetensors file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="DType">Its element type.</param>
/// <param name="Shape">Its dimensions, the slowest first.</param>
/// <param name="Begin">Its first byte, counted from the end of the header.</param>
/// <param name="End">The byte after its last.</param>
internal sealed record SafetensorsTensor(string Name, SafetensorsDType DType, long[] Shape, long Begin, long End);
