using System.Numerics;
using LayerGrad.Compute;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// What stands in a branch of one layer, during one batch. When it is made it takes room for what its backward will need of its
/// forward; beside that it takes the pass's workspace while it computes, and tells how much.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
internal abstract class Part<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>y = part(x).</summary>
    /// <param name="pass">The pass; its segments say which rows belong to which example.</param>
    /// <param name="x">tokens x hidden.</param>
    /// <param name="y">tokens x hidden; null where only what the backward needs is wanted, as when a layer is computed again.</param>
    public abstract void Forward(Pass<T> pass, Matrix<T> x, Matrix<T>? y);

    /// <summary>The gradient of the input; those of the parameters go to the sink.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="x">tokens x hidden, the forward's.</param>
    /// <param name="dy">tokens x hidden.</param>
    /// <param name="dx">tokens x hidden, overwritten; null where nobody needs it.</param>
    public abstract void Backward(Pass<T> pass, Matrix<T> x, Matrix<T> dy, Matrix<T>? dx);

    /// <summary>The elements of the pass's workspace that <see cref="Forward"/> takes at most at a time.</summary>
    /// <param name="pass">The pass, before it takes place.</param>
    /// <param name="output">Whether there is an output, or only what the backward needs is wanted.</param>
    public abstract long ForwardScratch(PlannedPass pass, bool output);

    /// <summary>The elements of the pass's workspace that <see cref="Backward"/> takes at most at a time.</summary>
    /// <param name="pass">The pass, before it takes place.</param>
    public abstract long BackwardScratch(PlannedPass pass);
}
