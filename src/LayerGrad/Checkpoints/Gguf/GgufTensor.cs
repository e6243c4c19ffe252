namespace LayerGrad.Checkpoints.Gguf;

/// <summary>A tensor of a GGUF file, under its name there.</summary>
/// <param name="Shape">Its dimensions, the slowest first: the reverse of the order in the file.</param>
/// <param name="Stored">Where its elements stand.</param>
internal sealed record GgufTensor(long[] Shape, StoredTensor Stored);
