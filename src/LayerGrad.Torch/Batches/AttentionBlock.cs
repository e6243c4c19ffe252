using LayerGrad.Compute;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Batches;

/// <summary>Some query rows of attention and the keys that any of them sees.</summary>
/// <param name="Shape">Scale, cap and window.</param>
/// <param name="Start">The first query.</param>
/// <param name="Rows">How many.</param>
internal readonly record struct AttentionBlock(AttentionShape Shape, int Start, int Rows)
{
    private int FirstKey => Shape.Window is { } window ? Math.Max(0, Start - window + 1) : 0;

    private int KeyCount => Start + Rows - FirstKey;

    /// <summary>The rows of these queries: batch x queries of a key x rows x size.</summary>
    public torch.Tensor Rows4(torch.Tensor all) => all.narrow(2, Start, Rows);

    /// <summary>The same below each other: batch x (queries of a key · rows) x size.</summary>
    public torch.Tensor Merged(torch.Tensor all) => Rows4(all).reshape(all.size(0), all.size(1) * Rows, all.size(3));

    /// <summary>The queries, times the scale.</summary>
    public torch.Tensor Scaled(torch.Tensor q) => Merged(q).mul(Number(Shape.Scale));

    /// <summary>The keys, or what belongs to them: batch x keys x size.</summary>
    public torch.Tensor Keys(torch.Tensor all) => all.narrow(1, FirstKey, KeyCount);

    /// <summary>Overwrites what the mask hides.</summary>
    /// <param name="scores">batch x (queries of a key · rows) x keys.</param>
    /// <param name="with">What stands there then.</param>
    public void Hide(torch.Tensor scores, double with)
    {
        // Without a window only keys among the block's own rows are hidden.
        var from = Shape.Window is null ? Start : FirstKey;
        var queries = Range(Start, Start + Rows, torch.ScalarType.Int32, scores.device).unsqueeze(1);
        var keys = Range(from, Start + Rows, torch.ScalarType.Int32, scores.device);
        var hidden = keys.gt(queries);
        if (Shape.Window is { } window)
            hidden = hidden.logical_or(keys.le(queries.sub(Integer(window))));
        scores.view(scores.size(0), -1, Rows, KeyCount).narrow(3, from - FirstKey, Start + Rows - from).masked_fill_(hidden, Number(with));
    }
}
