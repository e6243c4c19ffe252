namespace LayerGrad.Decoders.Specification;

/// <summary>The feed-forward part of a layer: each token's row by itself.</summary>
internal abstract record FeedForwardSpecification : PartSpecification;
