namespace LayerGrad.Decoders.Families.Reading;

/// <summary>The sizes that a family's class of the reference implementation has where a configuration leaves a field out.</summary>
/// <param name="Vocabulary"><c>vocab_size</c>.</param>
/// <param name="Hidden"><c>hidden_size</c>.</param>
/// <param name="Intermediate"><c>intermediate_size</c>.</param>
/// <param name="Layers"><c>num_hidden_layers</c>.</param>
/// <param name="Heads"><c>num_attention_heads</c>.</param>
/// <param name="KeyValueHeads"><c>num_key_value_heads</c>; null where it is the number of heads.</param>
/// <param name="Positions"><c>max_position_embeddings</c>.</param>
internal sealed record SizeDefaults(int Vocabulary, int Hidden, int Intermediate, int Layers, int Heads, int? KeyValueHeads, int Positions)
{
    /// <summary><c>head_dim</c>; null where it is <c>hidden_size</c> / <c>num_attention_heads</c>.</summary>
    public int? HeadSize { get; init; }

    /// <summary>Whether the family's attention obeys <c>head_dim</c>.</summary>
    public bool ReadsHeadSize { get; init; } = true;

    /// <summary>Whether the class takes a null for <c>head_dim</c>.</summary>
    public bool HeadSizeMayBeNull { get; init; } = true;

    /// <summary>Whether the class takes a null for <c>num_key_value_heads</c>.</summary>
    public bool KeyValueHeadsMayBeNull { get; init; } = true;

    /// <summary>Whether the family obeys <c>num_key_value_heads</c>.</summary>
    public bool GroupedQueries { get; init; } = true;

    /// <summary>What the configuration calls the sizes.</summary>
    public SizeFields Fields { get; init; } = SizeFields.Usual;

    /// <summary>What times <c>hidden_size</c> the intermediate size is where its field is missing or null; null where the field has a default of its own.</summary>
    public int? IntermediateFactor { get; init; }

    /// <summary>Whether there may be no layer that uses <c>intermediate_size</c>.</summary>
    public bool IntermediateMayBeUnused { get; init; }
}
