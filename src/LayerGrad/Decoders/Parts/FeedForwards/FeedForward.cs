using System.Numerics;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>The feed-forward part of one layer during one batch: each row by itself.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal abstract class FeedForward<T> : Part<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The part that a specification describes, with room for a batch.</summary>
    /// <param name="specification">The settings; what there is for each kind of them stands here and nowhere else.</param>
    /// <param name="workspace">Where what is kept goes.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public static FeedForward<T> Create(FeedForwardSpecification specification, Workspace<T> workspace, int tokens) => specification switch
    {
        DenseFeedForwardSpecification dense => new DenseFeedForward<T>(dense, workspace, tokens),
        MixtureOfExpertsSpecification mixture => new MixtureOfExperts<T>(mixture, workspace, tokens),
        ExpertsBesideDenseSpecification both => new ExpertsBesideDense<T>(both, workspace, tokens),
        PerLayerBranchSpecification branch => new PerLayerBranch<T>(branch, workspace, tokens),
        _ => throw new ArgumentException($"no part for {specification.GetType().Name}", nameof(specification)),
    };
}
