using System.Globalization;

namespace LayerGrad.Checkpoints.HuggingFace;

/// <summary>
/// A tensor that holds one matrix for each expert of a layer, of one linear layer or of gate and up one behind the other, and the weights of single
/// experts that these are; or one bias for each expert.
/// </summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Shape">experts x outputs x inputs, or experts x inputs x outputs; of biases experts x outputs.</param>
/// <param name="Transposed">Whether it is the second.</param>
/// <param name="Parts">The names of an expert's weights, with <c>{e}</c> for its number, in the order of their outputs.</param>
internal sealed record ExpertStack(string Name, long[] Shape, bool Transposed, IReadOnlyList<string> Parts)
{
    /// <summary>The most experts of a layer that are believed.</summary>
    public const int Most = 16384;

    /// <summary>outputs x inputs of a single weight, or the outputs of a bias.</summary>
    private long[] PartShape => Shape.Length == 2 ? [Shape[1] / Parts.Count] : Transposed ? [Shape[2] / Parts.Count, Shape[1]] : [Shape[1] / Parts.Count, Shape[2]];

    /// <summary>The single weights as views of the tensor.</summary>
    /// <param name="info">What is said of the tensor.</param>
    /// <param name="stored">Its elements.</param>
    public IEnumerable<(TensorInfo Info, IElements Elements)> Views(TensorInfo info, ISlicedElements stored)
    {
        var (shape, matrix) = (PartShape, Shape.Skip(1).Aggregate(1L, static (product, size) => product * size));
        var single = shape.Aggregate(1L, static (product, size) => product * size);
        var bytes = info.Bytes / Shape[0] / Parts.Count;
        for (var expert = 0; expert < Shape[0]; expert++)
        {
            for (var part = 0; part < Parts.Count; part++)
            {
                var name = NameOf(part, expert);
                var elements = Transposed
                    ? (IElements)new TransposedTensor(stored.Slice(name, expert * matrix, matrix), Shape[2], part * shape[0], shape[1])
                    : stored.Slice(name, expert * matrix + part * single, single);
                yield return (new TensorInfo(name, info.DType, shape, bytes), elements);
            }
        }
    }

    private string NameOf(int part, int expert) => Parts[part].Replace("{e}", expert.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
