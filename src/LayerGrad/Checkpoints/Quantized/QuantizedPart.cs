namespace LayerGrad.Checkpoints.Quantized;

/// <summary>A tensor that is put together of several, which are then no tensors of the checkpoint any more.</summary>
/// <param name="Name">The name of the tensor.</param>
/// <param name="DType">How its elements are stored, in a word.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Elements">Its elements.</param>
/// <param name="Format">The format with its groups, as the user reads it.</param>
/// <param name="Parts">The tensors of which it is put together, the first that of the codes.</param>
internal sealed record QuantizedPart(string Name, string DType, long[] Shape, IElements Elements, string Format, IReadOnlyList<string> Parts);
