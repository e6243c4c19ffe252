namespace LayerGrad.Decoders.Families.Reading;

/// <summary>What a family's configuration calls the sizes.</summary>
/// <param name="Hidden">The columns of the residual stream.</param>
/// <param name="Intermediate">The columns of the feed-forward part.</param>
/// <param name="Layers">The number of layers.</param>
/// <param name="Heads">The query heads.</param>
/// <param name="Positions">The longest sequence.</param>
internal sealed record SizeFields(string Hidden, string Intermediate, string Layers, string Heads, string Positions)
{
    /// <summary>What nearly all call them.</summary>
    public static SizeFields Usual { get; } = new("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "max_position_embeddings");
}
