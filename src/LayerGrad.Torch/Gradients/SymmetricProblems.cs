using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Gradients;

/// <summary>Symmetric problems that a device solves itself, many at a time: for those that are too large to send to the host.</summary>
internal static class SymmetricProblems
{
    private const double Epsilon = 2.220446049250313e-16;

    /// <summary>
    /// The square roots of the eigenvalues of K D (the singular values of Δᵀ X), descending, with K = X Xᵀ and D = Δ Δᵀ. Rows of X are scaled to length 1 and those of Δ by what was taken away.
    /// With K = L Lᵀ they are those of Lᵀ D L. Where rows of X depend on each other, as those of repeated tokens do, K has no such L: then a
    /// multiple of the identity of the size of rounding is added, and what the pivots show to be dependent is not counted.
    /// </summary>
    /// <param name="input">K: examples x tokens x tokens.</param>
    /// <param name="delta">D, the same.</param>
    /// <param name="tokens">How many rows have a gradient: a number for each example.</param>
    /// <returns>examples x tokens; NaN where a factor is not finite.</returns>
    public static torch.Tensor Roots(torch.Tensor input, torch.Tensor delta, torch.Tensor tokens)
    {
        var n = input.size(1);
        var finite = input.mul(delta).sum([1L, 2L]).isfinite();
        var squares = input.diagonal(0, 1, 2);
        var lengths = squares.masked_fill(squares.eq(Number(0)), Number(1)).sqrt_();
        var outer = lengths.unsqueeze(2).mul(lengths.unsqueeze(1));
        var k = input.div(outer).masked_fill_(finite.logical_not().view(-1, 1, 1), Number(0));
        var d = delta.mul(outer).masked_fill_(finite.logical_not().view(-1, 1, 1), Number(0));
        var tolerance = 2 * n * Epsilon;

        // A row of zeros has no pivot but the one it is given; its D is scaled by nothing, but so is all that it adds: K's row is zero.
        k.diagonal(0, 1, 2).add_(squares.eq(Number(0)).to(torch.ScalarType.Float64), One);
        d.masked_fill_(squares.eq(Number(0)).unsqueeze(1), Number(0)).masked_fill_(squares.eq(Number(0)).unsqueeze(2), Number(0));
        var (exact, info) = torch.linalg.cholesky_ex(k);
        k.diagonal(0, 1, 2).add_(Number(tolerance), One);
        var (shifted, _) = torch.linalg.cholesky_ex(k);
        var factor = torch.where(info.eq(Number(0)).view(-1, 1, 1), exact, shifted);
        var rank = factor.diagonal(0, 1, 2).mul(factor.diagonal(0, 1, 2)).gt(Number(4 * tolerance)).sum([1L]).to(torch.ScalarType.Float64);
        var symmetric = factor.transpose(1, 2).bmm(d).bmm(factor);
        return RootsWhere(finite, symmetric, torch.minimum(rank, tokens));
    }

    /// <summary>The square roots of the eigenvalues of symmetric matrices, descending.</summary>
    /// <param name="matrices">examples x rows x rows.</param>
    /// <param name="rank">How many of them are not zero, at most.</param>
    /// <returns>examples x rows; NaN where a matrix is not finite.</returns>
    public static torch.Tensor Roots(torch.Tensor matrices, torch.Tensor rank)
    {
        var finite = matrices.sum([1L, 2L]).isfinite();
        return RootsWhere(finite, matrices.masked_fill(finite.logical_not().view(-1, 1, 1), Number(0)), rank);
    }

    private static torch.Tensor RootsWhere(torch.Tensor finite, torch.Tensor matrices, torch.Tensor rank)
    {
        var values = torch.linalg.eigvalsh(matrices).flip(1).clamp_(min: Number(0)).sqrt_();
        return values.masked_fill_(Range(0, values.size(1), torch.ScalarType.Float64, values.device).ge(rank.unsqueeze(1)), Number(0))
            .masked_fill_(finite.logical_not().unsqueeze(1), Number(double.NaN));
    }
}
