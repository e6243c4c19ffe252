using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>What a token's position does to queries and keys, in place: rotary embeddings, and factors of queries.</summary>
internal static class Positions
{
    /// <summary>Turns heads by their positions.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="rotary">The angles, or null where nothing is turned.</param>
    /// <param name="inverse">Turn back: the backward.</param>
    /// <param name="heads">What is turned.</param>
    public static void Turn<T>(Pass<T> pass, RotarySpecification? rotary, bool inverse, params ReadOnlySpan<Heads<T>> heads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (rotary is not { Columns: > 0 } angles)
            return;
        if (angles.Long is null)
        {
            Turn(pass, angles, pass.Segments, inverse, heads);
            return;
        }

        foreach (var alike in pass.Segments.GroupBy(segment => angles.VariantOf(segment.Length)))
            Turn(pass, angles, [.. alike], inverse, heads);
    }

    /// <summary>Multiplies queries by factors of their positions: a factor for each row, and so its own backward.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="scale">The rule, or null where there is none.</param>
    /// <param name="queries">The queries, one behind the other in the columns.</param>
    public static void Scale<T>(Pass<T> pass, PositionScale? scale, Matrix<T> queries)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (scale is null)
            return;
        foreach (var segment in pass.Segments)
        {
            // Before the original length the factor is 1.
            if (segment.Length > scale.OriginalLength)
                pass.Device.ScaleRows(queries.RowRange(segment.Start, segment.Length), pass.Factors(scale, segment.Length));
        }
    }

    /// <summary>Turns the rows of examples that have the same frequencies.</summary>
    private static void Turn<T>(Pass<T> pass, RotarySpecification rotary, IReadOnlyList<Segment> segments, bool inverse, ReadOnlySpan<Heads<T>> heads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (cosines, sines) = pass.Rotary.For(rotary, segments.Max(segment => segment.Length));
        foreach (var turned in heads)
            pass.Device.Rotate(turned, segments, cosines, sines, rotary.Interleaved, inverse);
    }
}
