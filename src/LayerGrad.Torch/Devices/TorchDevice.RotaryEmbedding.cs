using LayerGrad.Compute;
using LayerGrad.Torch.Batches;
using LayerGrad.Torch.Storage;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Devices;

/// <content>
/// Rotary embedding: each pair (a, b) of columns becomes (a·cos − b·sin, b·cos + a·sin) with the angle of its
/// position; the backward turns by the opposite angle. Columns beyond the rotated ones stay as they are.
/// </content>
internal sealed partial class TorchDevice<T>
{
    /// <inheritdoc />
    public override void Rotate(Heads<T> heads, IReadOnlyList<Segment> segments, Matrix<T> cosines, Matrix<T> sines, bool interleaved, bool inverse)
    {
        foreach (var segment in segments)
        {
            if (segment.Length > cosines.Rows)
                throw new ArgumentException($"{segment.Length} positions, but angles for {cosines.Rows}", nameof(segments));
        }

        var pairs = cosines.Columns;
        foreach (var run in ExamplesOf(segments).Runs)
        {
            ForRows(run.Count, (4L * heads.Count + 2) * pairs * ElementBytes, (first, count) =>
            {
                var (cosine, sine) = (Angles(cosines, run, first, count), Angles(sines, run, first, count));
                var all = (heads with { Matrix = heads.Matrix.RowRange(run.Start + first, count) }).View();
                var turned = all.narrow(2, 0, 2L * pairs);
                var (a, b) = interleaved ? Neighbours(turned, pairs) : (turned.narrow(2, 0, pairs), turned.narrow(2, pairs, pairs));
                var (left, right) = (a.mul(cosine), b.mul(cosine));
                left.addcmul_(b, sine, Number(inverse ? 1 : -1));
                right.addcmul_(a, sine, Number(inverse ? -1 : 1));
                a.copy_(left);
                b.copy_(right);
            });
        }
    }

    private static (torch.Tensor Even, torch.Tensor Odd) Neighbours(torch.Tensor turned, int pairs)
    {
        // tokens x heads x pairs, every other column.
        var (shape, strides) = (turned.shape, turned.stride());
        long[] size = [shape[0], shape[1], pairs];
        long[] step = [strides[0], strides[1], 2];
        var offset = turned.storage_offset();
        return (turned.as_strided(size, step, offset), turned.as_strided(size, step, offset + 1));
    }

    /// <summary>tokens x 1 x pairs: the angles of each token's position.</summary>
    private static torch.Tensor Angles(Matrix<T> angles, ExampleRun run, int first, int count)
    {
        var rows = run.Positions is { } positions ? angles.View().index_select(0, positions.narrow(0, first, count)) : angles.RowRange(first, count).View();
        return rows.unsqueeze(1);
    }
}
