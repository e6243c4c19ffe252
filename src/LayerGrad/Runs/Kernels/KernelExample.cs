namespace LayerGrad.Runs.Kernels;

/// <summary>An example on the axes of a kernel.</summary>
/// <param name="Set">The name of its set.</param>
/// <param name="Position">Its position in the dataset, as it is written.</param>
/// <param name="Question">A number that examples of one prompt share; null where the file does not say.</param>
internal sealed record KernelExample(string Set, string Position, int? Question);
