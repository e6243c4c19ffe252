namespace LayerGrad.Decoders.Specification;

/// <summary>
/// Inputs of each layer beside the residual stream (Gemma 3n and 4). With e the scaled embedding of a token and E its row of a table of its own, both in parts of
/// <see cref="Size"/> columns, one for each layer:
/// <code>
/// inputs = (norm(e Wᵀ / √hidden) + √size · E) / √2
/// </code>
/// </summary>
/// <param name="Embedding">The table, vocabulary x (layers · size).</param>
/// <param name="Projection">W, (layers · size) x hidden.</param>
/// <param name="Norm">The norm of each part.</param>
/// <param name="Size">The columns of a layer's input.</param>
internal sealed record PerLayerInputsSpecification(ParameterSpecification Embedding, LinearSpecification Projection, NormSpecification Norm, int Size)
{
    /// <summary>The columns for all layers.</summary>
    public int Columns => Projection.Outputs;

    /// <summary>What stays on the device: everything but the table, of which rows are looked at.</summary>
    public IEnumerable<ParameterSpecification> Resident => [Projection.Weight, .. Norm.Parameters];
}
