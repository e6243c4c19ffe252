namespace LayerGrad.Decoders.Specification;

/// <summary>The mixer of a layer: the part in which a token's row depends on those of the tokens before it, such as attention.</summary>
internal abstract record MixerSpecification : PartSpecification
{
    /// <summary>The rotary embeddings that it uses.</summary>
    public virtual IEnumerable<RotarySpecification> Rotaries => [];

    /// <summary>Its query heads, or those of values where each carries a state, and the columns of all their queries, keys and values, each head's counted: what a device may copy.</summary>
    public virtual (int Heads, int Columns) HeadColumns => default;

    /// <summary>The columns of keys and of values of heads that carry a state from token to token, which a device may need room for.</summary>
    public virtual IEnumerable<(int Key, int Value)> StateSizes => [];
}
