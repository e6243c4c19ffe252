namespace LayerGrad.Checkpoints.Adapters;

/// <summary>A linear layer, or an embedding, to whose weight W an adapter adds s B A.</summary>
/// <param name="Name">Its name in the adapter's file, without what follows it there: <c>base_model.model.model.layers.0.self_attn.q_proj</c>.</param>
/// <param name="Tensor">The base's tensor that holds W.</param>
/// <param name="A">A, rank x inputs.</param>
/// <param name="B">B, outputs x rank.</param>
/// <param name="Rank">The columns of B.</param>
/// <param name="Inputs">The columns of W.</param>
/// <param name="Outputs">The rows of W.</param>
/// <param name="Scale">s.</param>
internal sealed record AdapterModule(string Name, string Tensor, IElements A, IElements B, int Rank, int Inputs, int Outputs, double Scale)
{
    /// <summary>What the name of A ends with.</summary>
    public const string EndOfA = ".lora_A.weight";

    /// <summary>What the name of B ends with.</summary>
    public const string EndOfB = ".lora_B.weight";

    /// <summary>What the names of an embedding's A and B end with.</summary>
    public const string EndOfEmbeddingA = ".lora_embedding_A";

    /// <inheritdoc cref="EndOfEmbeddingA"/>
    public const string EndOfEmbeddingB = ".lora_embedding_B";

    /// <summary>What the name of the magnitudes ends with.</summary>
    public const string EndOfMagnitude = ".lora_magnitude_vector";

    /// <summary>The length of each of W's rows (DoRA), or null.</summary>
    public IElements? Magnitude { get; init; }

    /// <summary>Whether it is an embedding, which is stored a row an input.</summary>
    public bool IsEmbedding { get; init; }

    /// <summary>Whether W is stored a row an input.</summary>
    public bool StoredTransposed { get; init; }

    /// <summary>A's name in the file.</summary>
    public string NameOfA => Name + (IsEmbedding ? EndOfEmbeddingA : EndOfA);

    /// <summary>B's name in the file.</summary>
    public string NameOfB => Name + (IsEmbedding ? EndOfEmbeddingB : EndOfB);

    /// <summary>The elements of A and B.</summary>
    public long Count => (long)Rank * (Inputs + Outputs);

    /// <summary>All of A, row by row.</summary>
    public double[] ReadA() => Read(A, (long)Rank * Inputs);

    /// <summary>All of B, row by row.</summary>
    public double[] ReadB() => Read(B, (long)Outputs * Rank);

    /// <summary>All magnitudes.</summary>
    public double[] ReadMagnitude() => Read(Magnitude!, Outputs);

    private static double[] Read(IElements elements, long count)
    {
        var values = new double[count];
        elements.Read(0, values);
        return values;
    }
}
