using System.Numerics;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>The mixer of one layer during one batch: each example's rows depend on each other, and on no other example's.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal abstract class Mixer<T> : Part<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The part that a specification describes, with room for a batch.</summary>
    /// <param name="specification">The settings; what there is for each kind of them stands here and nowhere else.</param>
    /// <param name="workspace">Where what is kept goes.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public static Mixer<T> Create(MixerSpecification specification, Workspace<T> workspace, int tokens) => specification switch
    {
        AttentionSpecification attention => new SelfAttention<T>(attention, workspace, tokens),
        LatentAttentionSpecification latent => new LatentAttention<T>(latent, workspace, tokens),
        DeltaNetSpecification delta => new DeltaNet<T>(delta, workspace, tokens),
        SharedKeyAttentionSpecification shared => new SharedKeyAttention<T>(shared, workspace, tokens),
        ShortConvolutionSpecification convolution => new ShortConvolution<T>(convolution, workspace, tokens),
        _ => throw new ArgumentException($"no part for {specification.GetType().Name}", nameof(specification)),
    };
}
