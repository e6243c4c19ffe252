namespace LayerGrad.Decoders.Specification;

/// <summary>A parameter of a decoder: one tensor of the checkpoint, or several that are used as the rows of one.</summary>
/// <param name="Tensors">The tensors' names in the checkpoint, in the order of their rows.</param>
/// <param name="Rows">The rows that all of them make together.</param>
/// <param name="Columns">The columns.</param>
/// <param name="IsVector">Whether each tensor is stored with one dimension.</param>
internal sealed record ParameterSpecification(IReadOnlyList<string> Tensors, int Rows, int Columns, bool IsVector)
{
    /// <summary>The name under which the parameter is known: that of its first tensor.</summary>
    public string Name => Tensors[0];

    /// <summary>Whether each tensor is stored transposed, a row an input (GPT-2's Conv1D); it is used, and counted, as rows x columns.</summary>
    public bool StoredTransposed { get; init; }

    /// <summary>Whether it is stored with the weights and never trained, such as what a router adds to its scores to choose by them.</summary>
    public bool IsBuffer { get; init; }

    /// <summary>Whether it is stored as the weight of a convolution of each column by itself: rows x 1 x columns.</summary>
    public bool IsConvolution { get; init; }

    /// <summary>The shape of each tensor.</summary>
    public long[] StoredShape
    {
        get
        {
            var rows = Rows / Tensors.Count;
            if (IsVector)
                return [(long)rows * Columns];
            return StoredTransposed ? [Columns, rows] : IsConvolution ? [rows, 1, Columns] : [rows, Columns];
        }
    }

    /// <summary>The number of elements.</summary>
    public long Count => (long)Rows * Columns;

    /// <summary>A matrix, as linear layers and embeddings have.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    public static ParameterSpecification Matrix(string name, int rows, int columns) => new([name], rows, columns, IsVector: false);

    /// <summary>A vector, as biases and norms have.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="length">Its length.</param>
    public static ParameterSpecification Vector(string name, int length) => new([name], 1, length, IsVector: true);
}
