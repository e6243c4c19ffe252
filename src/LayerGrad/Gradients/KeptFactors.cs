using System.Numerics;
using LayerGrad.Compute;

namespace LayerGrad.Gradients;

/// <summary>The factors of one weight's gradients for all examples of a batch, kept beyond the backward's call.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="Input">X, rows of all examples x inputs.</param>
/// <param name="Delta">Δ, rows of all examples x outputs.</param>
/// <param name="Segments">Which rows belong to which example.</param>
internal sealed record KeptFactors<T>(Matrix<T> Input, Matrix<T> Delta, IReadOnlyList<Segment> Segments)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The factors of one example; null where none of its tokens reached the weight.</summary>
    public (Matrix<T> Input, Matrix<T> Delta)? Of(int example)
    {
        foreach (var segment in Segments)
        {
            if (segment.Example == example)
                return (Input.RowRange(segment.Start, segment.Length), Delta.RowRange(segment.Start, segment.Length));
        }

        return null;
    }
}
