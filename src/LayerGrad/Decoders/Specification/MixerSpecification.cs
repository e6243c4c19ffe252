namespace LayerGrad.Decoders.Specification;

/// <summary>The mixer of a layer: the part in which a token's row depends on those of the tokens before it, such as attention.</summary>
public abstract record MixerSpecification : PartSpecification
{
    /// <summary>The rotary embeddings that it uses.</summary>
    public virtual IEnumerable<RotarySpecification> Rotaries => [];
}
