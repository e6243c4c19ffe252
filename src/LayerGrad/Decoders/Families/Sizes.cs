namespace LayerGrad.Decoders.Families;

/// <summary>The sizes that every configuration names alike.</summary>
/// <param name="Hidden">Columns of the residual stream.</param>
/// <param name="Intermediate">Columns of the feed-forward part.</param>
/// <param name="Layers">Number of layers.</param>
/// <param name="Heads">Query heads.</param>
/// <param name="KeyValueHeads">Key-value heads.</param>
/// <param name="HeadSize">Columns of a head.</param>
/// <param name="Vocabulary">Tokens of the embedding.</param>
/// <param name="Positions">Longest sequence.</param>
internal sealed record Sizes(int Hidden, int Intermediate, int Layers, int Heads, int KeyValueHeads, int HeadSize, int Vocabulary, int Positions)
{
    /// <summary>Reads and checks them.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="groupedQueries">Whether the family knows <c>num_key_value_heads</c>.</param>
    /// <param name="headSizeField">Whether the family knows <c>head_dim</c>.</param>
    public static Sizes Read(ConfigReader config, bool groupedQueries = true, bool headSizeField = true)
    {
        var (hidden, heads) = (config.Positive("hidden_size"), config.Positive("num_attention_heads"));
        var keyValueHeads = groupedQueries ? config.Positive("num_key_value_heads", heads) : heads;
        if (heads % keyValueHeads != 0)
            throw config.Inconsistent($"num_attention_heads {heads} is not a multiple of num_key_value_heads {keyValueHeads}");
        if (!(headSizeField && config.Has("head_dim")) && hidden % heads != 0)
            throw config.Inconsistent($"hidden_size {hidden} is not a multiple of num_attention_heads {heads}");
        return new Sizes(
            hidden, config.Positive("intermediate_size"), config.Positive("num_hidden_layers"), heads, keyValueHeads,
            headSizeField ? config.Positive("head_dim", hidden / heads) : hidden / heads,
            config.Positive("vocab_size"), config.Positive("max_position_embeddings", 2048));
    }
}
