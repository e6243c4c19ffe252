using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>The feed-forward part of one layer during one batch: its forward keeps what its backward needs.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal abstract class FeedForward<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The part that a specification describes, with room for a batch.</summary>
    /// <param name="specification">Dense or a mixture of experts.</param>
    /// <param name="workspace">Where what is kept goes.</param>
    /// <param name="tokens">The tokens of the batch.</param>
    public static FeedForward<T> Create(FeedForwardSpecification specification, Workspace<T> workspace, int tokens) => specification switch
    {
        DenseFeedForwardSpecification dense => new DenseFeedForward<T>(dense, workspace, tokens),
        MixtureOfExpertsSpecification mixture => new MixtureOfExperts<T>(mixture, workspace, tokens),
        _ => throw new ArgumentException($"no part for {specification.GetType().Name}", nameof(specification)),
    };

    /// <summary>y = feed-forward(x).</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="x">tokens x hidden.</param>
    /// <param name="y">tokens x hidden; null where only what the backward needs is wanted, as when a layer is computed again.</param>
    public abstract void Forward(Pass<T> pass, Matrix<T> x, Matrix<T>? y);

    /// <summary>The gradient of the input; those of the parameters go to the sink.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="x">tokens x hidden, the forward's.</param>
    /// <param name="dy">tokens x hidden.</param>
    /// <param name="dx">tokens x hidden, overwritten.</param>
    public abstract void Backward(Pass<T> pass, Matrix<T> x, Matrix<T> dy, Matrix<T> dx);
}
