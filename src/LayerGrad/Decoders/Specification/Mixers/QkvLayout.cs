namespace LayerGrad.Decoders.Specification;

/// <summary>How queries, keys and values stand in the columns of the projection.</summary>
internal enum QkvLayout
{
    /// <summary>All queries, then all keys, then all values.</summary>
    Concatenated,

    /// <summary>The query, key and value of head 0, then those of head 1, and so on (GPT-NeoX).</summary>
    InterleavedByHead,
}
