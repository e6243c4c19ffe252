namespace LayerGrad.Decoders.Families.Reading;

/// <summary>The sizes that every configuration names alike, checked; nothing is allocated or looped over before.</summary>
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
    private const int MostColumns = 1 << 28;

    /// <summary>Reads and checks them.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="defaults">What the reference's class has where a field is missing.</param>
    public static Sizes Read(ConfigReader config, SizeDefaults defaults)
    {
        var fields = defaults.Fields;
        var (hidden, heads) = (config.Size(fields.Hidden, defaults.Hidden), config.Count(fields.Heads, defaults.Heads));
        var keyValueHeads = KeyValue(config, heads, defaults);
        if (heads % keyValueHeads != 0)
            throw config.Inconsistent($"{fields.Heads} {heads} is not a multiple of num_key_value_heads {keyValueHeads}");
        var headSize = Head(config, hidden, heads, defaults);
        if ((long)heads * headSize > MostColumns)
            throw config.Inconsistent($"{fields.Heads} {heads} of {headSize} columns each (head_dim) are more than any matrix has");
        return new Sizes(
            hidden, IntermediateOf(config, hidden, defaults), LayersOf(config, defaults), heads, keyValueHeads, headSize,
            config.Size("vocab_size", defaults.Vocabulary), config.Int(fields.Positions, defaults.Positions, 0));
    }

    private static int KeyValue(ConfigReader config, int heads, SizeDefaults defaults)
    {
        if (!defaults.GroupedQueries)
            return heads;
        return defaults.KeyValueHeadsMayBeNull && config.HasKey("num_key_value_heads") && !config.Has("num_key_value_heads")
            ? heads
            : config.Count("num_key_value_heads", defaults.KeyValueHeads ?? heads);
    }

    private static int Head(ConfigReader config, int hidden, int heads, SizeDefaults defaults)
    {
        if (config.Has("head_dim") || (config.HasKey("head_dim") && !defaults.HeadSizeMayBeNull))
        {
            var size = config.Size("head_dim");
            if (defaults.ReadsHeadSize || (long)size * heads == hidden)
                return size;
            throw config.Unsupported("head_dim", $"{defaults.Fields.Hidden} / {defaults.Fields.Heads}, which is what this family's attention has ({hidden} / {heads})");
        }

        if (defaults.HeadSize is { } missing && !config.HasKey("head_dim"))
            return missing;
        return hidden % heads == 0 ? hidden / heads : throw config.Inconsistent($"{defaults.Fields.Hidden} {hidden} is not a multiple of {defaults.Fields.Heads} {heads}");
    }

    /// <summary>A mixture of experts alone does not use it, so that it may be anything there.</summary>
    private static int IntermediateOf(ConfigReader config, int hidden, SizeDefaults defaults)
    {
        var field = defaults.Fields.Intermediate;
        if (defaults.IntermediateFactor is { } factor && !config.Has(field))
            return (int)Math.Min((long)factor * hidden, MostColumns);
        return defaults.IntermediateMayBeUnused ? Math.Max(1, config.Int(field, defaults.Intermediate, 0, MostColumns)) : config.Size(field, defaults.Intermediate);
    }

    private static int LayersOf(ConfigReader config, SizeDefaults defaults)
    {
        var field = defaults.Fields.Layers;
        var layers = config.Int(field, defaults.Layers, 1);
        if (layers <= (config.Tensors.Layers ?? TensorCounts.Most))
            return layers;
        var origin = config.HasKey(field) ? $"{field} is {layers}" : $"{field} is missing, for which {layers} stands";
        throw config.Inconsistent(config.Tensors.Layers is { } there
            ? $"{origin}, but the checkpoint has the tensors of {there}"
            : $"{origin}, which is more than the {TensorCounts.Most} that are believed");
    }
}
