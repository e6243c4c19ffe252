using System.Numerics;
using LayerGrad.Compute;
using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders.Parts;

/// <summary>
/// Self-attention: project, norm queries and keys, clamp, turn by position (in some families turn first and norm then), scale queries by
/// position, attend, project. The backward walks the same steps from the last to the first.
/// </summary>
internal static class SelfAttention
{
    /// <summary>y = attention(x).</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="attention">The settings.</param>
    /// <param name="x">tokens x hidden.</param>
    /// <param name="state">Filled for the backward.</param>
    /// <param name="y">tokens x hidden; null where only what the backward needs is wanted, as when a layer is computed again.</param>
    public static void Forward<T>(Pass<T> pass, AttentionSpecification attention, Matrix<T> x, AttentionState<T> state, Matrix<T>? y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Linear.Forward(pass, attention.Projections, x, state.BeforeNorm ?? state.Qkv);
        if (state.BeforeNorm is { } before)
        {
            if (attention.NormsAfterRotary)
                Rotate(pass, attention, Query(attention, before), Key(attention, before), inverse: false);
            pass.Device.Copy(before, state.Qkv);
            Normalize(pass, attention.QueryNorm, Query(attention, before), Query(attention, state.Qkv));
            Normalize(pass, attention.KeyNorm, Key(attention, before), Key(attention, state.Qkv));
        }

        if (state.Clamped is { } clamped)
        {
            pass.Device.Clamp(state.Qkv, attention.Clamp!.Value);
            pass.Device.Copy(state.Qkv, clamped);
        }

        var (query, key, value) = (Query(attention, state.Qkv), Key(attention, state.Qkv), Value(attention, state.Qkv));
        if (!attention.NormsAfterRotary)
            Rotate(pass, attention, query, key, inverse: false);
        ScaleByPosition(pass, attention, query);
        pass.Device.Attend(attention.Shape, pass.Segments, query, key, value, OutputHeads(attention, state.Output), state.LogSumExp);
        if (y is { } output)
            Linear.Forward(pass, [attention.Output], state.Output, output);
    }

    /// <summary>The gradient of the input; those of the parameters go to the sink.</summary>
    /// <param name="pass">The pass.</param>
    /// <param name="attention">The settings.</param>
    /// <param name="x">tokens x hidden, the forward's.</param>
    /// <param name="state">What the forward left.</param>
    /// <param name="dy">tokens x hidden.</param>
    /// <param name="dx">tokens x hidden, overwritten; null where nobody needs it.</param>
    public static void Backward<T>(Pass<T> pass, AttentionSpecification attention, Matrix<T> x, AttentionState<T> state, Matrix<T> dy, Matrix<T>? dx)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        using var scope = pass.Workspace.Begin();
        var dOutput = scope.Take(state.Output.Rows, state.Output.Columns);
        Linear.Backward(pass, [attention.Output], pass.Segments, state.Output, dy, dOutput);

        var dQkv = scope.Take(state.Qkv.Rows, state.Qkv.Columns);
        var (dQuery, dKey, dValue) = (Query(attention, dQkv), Key(attention, dQkv), Value(attention, dQkv));
        pass.Device.AttendBackward(
            attention.Shape, pass.Segments, Query(attention, state.Qkv), Key(attention, state.Qkv), Value(attention, state.Qkv),
            OutputHeads(attention, state.Output), state.LogSumExp, OutputHeads(attention, dOutput), dQuery, dKey, dValue);
        ScaleByPosition(pass, attention, dQuery);
        if (!attention.NormsAfterRotary)
            Rotate(pass, attention, dQuery, dKey, inverse: true);
        if (state.Clamped is { } clamped)
            pass.Device.ClampBackward(clamped, attention.Clamp!.Value, dQkv);
        if (state.BeforeNorm is { } before)
        {
            NormalizeBackward(pass, attention.QueryNorm, Query(attention, before), dQuery);
            NormalizeBackward(pass, attention.KeyNorm, Key(attention, before), dKey);
            if (attention.NormsAfterRotary)
                Rotate(pass, attention, dQuery, dKey, inverse: true);
        }

        Linear.Backward(pass, attention.Projections, pass.Segments, x, dQkv, dx);
    }

    private static void Normalize<T>(Pass<T> pass, NormSpecification? norm, Heads<T> x, Heads<T> y)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (norm is not null)
            Norm.Forward(pass, norm, x.Matrix, y.Matrix, x.Spacing);
    }

    /// <summary>Turns the gradient of the normalized heads into that of the heads, in place.</summary>
    private static void NormalizeBackward<T>(Pass<T> pass, NormSpecification? norm, Heads<T> x, Heads<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (norm is not null)
            Norm.Backward(pass, norm, x.Matrix, gradient.Matrix, gradient.Matrix, accumulate: false, x.Spacing);
    }

    /// <summary>A factor for each row, and so its own backward. Queries must stand one behind the other in the columns.</summary>
    private static void ScaleByPosition<T>(Pass<T> pass, AttentionSpecification attention, Heads<T> query)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (attention.QueryScale is not { } scale)
            return;
        foreach (var segment in pass.Segments)
        {
            // Before the original length the factor is 1.
            if (segment.Length > scale.OriginalLength)
                pass.Device.ScaleRows(query.Matrix.RowRange(segment.Start, segment.Length), pass.Factors(scale, segment.Length));
        }
    }

    private static void Rotate<T>(Pass<T> pass, AttentionSpecification attention, Heads<T> query, Heads<T> key, bool inverse)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (attention.Rotary is not { Columns: > 0 } rotary)
            return;
        if (rotary.Long is null)
        {
            Rotate(pass, rotary, pass.Segments, query, key, inverse);
            return;
        }

        foreach (var alike in pass.Segments.GroupBy(segment => rotary.VariantOf(segment.Length)))
            Rotate(pass, rotary, [.. alike], query, key, inverse);
    }

    /// <summary>Turns the rows of examples that have the same frequencies.</summary>
    private static void Rotate<T>(Pass<T> pass, RotarySpecification rotary, IReadOnlyList<Segment> segments, Heads<T> query, Heads<T> key, bool inverse)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (cosines, sines) = pass.Rotary.For(rotary, segments.Max(segment => segment.Length));
        pass.Device.Rotate(query, segments, cosines, sines, rotary.Interleaved, inverse);
        pass.Device.Rotate(key, segments, cosines, sines, rotary.Interleaved, inverse);
    }

    private static Heads<T> OutputHeads<T>(AttentionSpecification attention, Matrix<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(output, attention.Heads, attention.HeadSize, attention.HeadSize);

    private static Heads<T> Query<T>(AttentionSpecification attention, Matrix<T> qkv)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => HeadsAt(attention, qkv, 0, attention.Heads, 0);

    private static Heads<T> Key<T>(AttentionSpecification attention, Matrix<T> qkv)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => HeadsAt(attention, qkv, attention.Heads, attention.KeyValueHeads, 1);

    private static Heads<T> Value<T>(AttentionSpecification attention, Matrix<T> qkv)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        HeadsAt(attention, qkv, attention.Heads + attention.KeyValueHeads, attention.KeyValueHeads, 2);

    private static Heads<T> HeadsAt<T>(AttentionSpecification attention, Matrix<T> qkv, int firstHead, int count, int place)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var size = attention.HeadSize;
        return attention.Layout == QkvLayout.Concatenated
            ? new Heads<T>(qkv.ColumnRange(firstHead * size, count * size), count, size, size)
            : new Heads<T>(qkv.ColumnRange(place * size, (3 * count - 2) * size), count, size, 3 * size);
    }
}
