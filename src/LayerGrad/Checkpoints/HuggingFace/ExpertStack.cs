using System.Globalization;

namespace LayerGrad.Checkpoints.HuggingFace;

/// <summary>
/// A tensor that holds one matrix for each expert of a layer, of one linear layer or of gate and up one behind the other, and the weights of single
/// experts that these are.
/// </summary>
/// <param name="Name">The tensor's name.</param>
/// <param name="Shape">experts x outputs x inputs, or experts x inputs x outputs.</param>
/// <param name="Transposed">Whether it is the second.</param>
/// <param name="Parts">The names of an expert's weights, with <c>{e}</c> for its number, in the order of their outputs.</param>
internal sealed record ExpertStack(string Name, long[] Shape, bool Transposed, IReadOnlyList<string> Parts)
{
    /// <summary>The most experts of a layer that are believed.</summary>
    public const int Most = 16384;

    /// <summary>outputs x inputs of a single weight.</summary>
    private long[] PartShape => Transposed ? [Shape[2] / Parts.Count, Shape[1]] : [Shape[1] / Parts.Count, Shape[2]];

    /// <summary>The single weights as views of the tensor.</summary>
    /// <param name="info">What is said of the tensor.</param>
    /// <param name="stored">Its elements.</param>
    public IEnumerable<(TensorInfo Info, IElements Elements)> Views(TensorInfo info, StoredTensor stored)
    {
        var (shape, matrix) = (PartShape, Shape[1] * Shape[2]);
        var bytes = info.Bytes / Shape[0] / Parts.Count;
        for (var expert = 0; expert < Shape[0]; expert++)
        {
            for (var part = 0; part < Parts.Count; part++)
            {
                var name = NameOf(part, expert);
                var elements = Transposed
                    ? (IElements)new TransposedTensor(Slice(stored, expert * matrix, matrix, name), Shape[2], part * shape[0], shape[1])
                    : Slice(stored, expert * matrix + part * shape[0] * shape[1], shape[0] * shape[1], name);
                yield return (new TensorInfo(name, info.DType, shape, bytes), elements);
            }
        }
    }

    private string NameOf(int part, int expert) => Parts[part].Replace("{e}", expert.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private static StoredTensor Slice(StoredTensor stored, long first, long count, string name)
    {
        var bytes = stored.Bytes / stored.Elements;
        return stored with { Name = name, Offset = stored.Offset + first * bytes, Elements = count };
    }
}
