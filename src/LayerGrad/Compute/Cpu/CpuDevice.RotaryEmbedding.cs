using System.Numerics;

namespace LayerGrad.Compute.Cpu;

/// <content>
/// Rotary embedding: each pair (a, b) of columns becomes (a·cos − b·sin, b·cos + a·sin) with the angle of its
/// position; the backward turns by the opposite angle. Columns beyond the rotated ones stay as they are.
/// </content>
internal partial class CpuDevice<T>
{
    /// <inheritdoc />
    public override void Rotate(Heads<T> heads, IReadOnlyList<Segment> segments, Matrix<T> cosines, Matrix<T> sines, bool interleaved, bool inverse)
    {
        foreach (var segment in segments)
        {
            if (segment.Length > cosines.Rows)
                throw new ArgumentException($"{segment.Length} positions, but angles for {cosines.Rows}", nameof(segments));
            var rows = heads.Matrix.RowRange(segment.Start, segment.Length);
            ForRows(segment.Length, (long)heads.Count * heads.Size, (first, last) =>
            {
                for (var position = first; position < last; position++)
                {
                    var row = rows.Row(position);
                    var cosine = cosines.Row(position);
                    var sine = sines.Row(position);
                    for (var head = 0; head < heads.Count; head++)
                    {
                        var values = row.Slice(head * heads.Spacing, heads.Size);
                        if (interleaved)
                            RotateNeighbours(values, cosine, sine, inverse);
                        else
                            RotateHalves(values, cosine, sine, inverse);
                    }
                }
            });
        }
    }

    private static void RotateHalves(Span<T> values, ReadOnlySpan<T> cosine, ReadOnlySpan<T> sine, bool inverse)
    {
        var left = values[..cosine.Length];
        var right = values.Slice(cosine.Length, cosine.Length);
        var sign = inverse ? -T.One : T.One;
        var i = 0;
        for (; i <= left.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            var (a, b) = (new Vector<T>(left[i..]), new Vector<T>(right[i..]));
            var (c, s) = (new Vector<T>(cosine[i..]), new Vector<T>(sine[i..]) * sign);
            (a * c - b * s).CopyTo(left[i..]);
            (b * c + a * s).CopyTo(right[i..]);
        }

        for (; i < left.Length; i++)
        {
            var (a, b, s) = (left[i], right[i], sine[i] * sign);
            left[i] = a * cosine[i] - b * s;
            right[i] = b * cosine[i] + a * s;
        }
    }

    private static void RotateNeighbours(Span<T> values, ReadOnlySpan<T> cosine, ReadOnlySpan<T> sine, bool inverse)
    {
        var sign = inverse ? -T.One : T.One;
        for (var i = 0; i < cosine.Length; i++)
        {
            var (a, b, s) = (values[2 * i], values[2 * i + 1], sine[i] * sign);
            values[2 * i] = a * cosine[i] - b * s;
            values[2 * i + 1] = b * cosine[i] + a * s;
        }
    }
}
