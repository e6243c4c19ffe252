using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Gradients;

/// <summary>Products of factors on the device. Every tensor of one call is examples x rows x columns.</summary>
internal static class FactorProducts
{
    /// <summary>Rows of inner products at a time where one example's are computed: what lies above the diagonal follows by symmetry.</summary>
    private const int Band = 128;

    /// <summary>What both factors of a gradient have.</summary>
    /// <param name="Products">The inner products of the rows, in float64: examples x tokens x tokens.</param>
    /// <param name="Sums">The sums of the rows, in float64: examples x tokens.</param>
    internal readonly record struct Rows(torch.Tensor Products, torch.Tensor Sums);

    /// <summary>Inner products and sums of a factor's rows, summed in float64: a float32 sum would lose singular values below about 3e-4 of the largest one, whose squares these are.</summary>
    /// <param name="factor">X or Δ.</param>
    /// <param name="chunkBytes">What the columns that are widened at a time may take.</param>
    public static Rows InnerProducts(torch.Tensor factor, long chunkBytes)
    {
        var (examples, tokens, columns) = (factor.size(0), factor.size(1), factor.size(2));
        var products = torch.zeros([examples, tokens, tokens], torch.ScalarType.Float64, factor.device);
        var sums = torch.zeros([examples, tokens], torch.ScalarType.Float64, factor.device);
        var width = Math.Max(64, chunkBytes / (sizeof(double) * examples * tokens));
        for (var first = 0L; first < columns; first += width)
        {
            using var scope = torch.NewDisposeScope();
            var wide = factor.narrow(2, first, Math.Min(width, columns - first)).to(torch.ScalarType.Float64).contiguous();
            sums.add_(wide.sum([2L]), One);
            if (examples == 1)
                AddBands(products[0], wide[0]);
            else
                products.add_(wide.bmm(wide.transpose(1, 2)), One);
        }

        return new Rows(examples == 1 ? Mirrored(products) : products, sums);
    }

    /// <summary>The largest and the smallest element of Δᵀ X, which is formed a tile at a time: a number for each example.</summary>
    /// <param name="delta">Δ.</param>
    /// <param name="input">X.</param>
    /// <param name="tileBytes">What a tile may take.</param>
    public static (torch.Tensor Max, torch.Tensor Min) Extremes(torch.Tensor delta, torch.Tensor input, long tileBytes)
    {
        var (examples, outputs) = (delta.size(0), delta.size(2));
        var rows = Math.Max(16, tileBytes / (delta.element_size() * examples * input.size(2)));
        var (largest, smallest) = (new List<torch.Tensor>(), new List<torch.Tensor>());
        for (var first = 0L; first < outputs; first += rows)
        {
            using var scope = torch.NewDisposeScope();
            var part = delta.narrow(2, first, Math.Min(rows, outputs - first));
            var tile = examples == 1 ? part[0].transpose(0, 1).mm(input[0]).view(1, -1) : part.transpose(1, 2).bmm(input).view(examples, -1);
            largest.Add(tile.amax([1L]).MoveToOuterDisposeScope());
            smallest.Add(tile.amin([1L]).MoveToOuterDisposeScope());
        }

        return (torch.stack(largest).amax([0L]), torch.stack(smallest).amin([0L]));
    }

    /// <summary>The packed lower triangles of square matrices: examples x elements.</summary>
    public static torch.Tensor Packed(torch.Tensor matrices)
    {
        var n = matrices.size(1);
        var places = torch.tril_indices(n, n, device: matrices.device);
        return matrices.reshape(matrices.size(0), n * n).index_select(1, places[0].mul(Integer(n)).add_(places[1], One));
    }

    private static void AddBands(torch.Tensor products, torch.Tensor rows)
    {
        var tokens = rows.size(0);
        for (var first = 0L; first < tokens; first += Band)
        {
            var end = Math.Min(tokens, first + Band);
            products.narrow(0, first, end - first).narrow(1, 0, end).addmm_(rows.narrow(0, first, end - first), rows.narrow(0, 0, end).transpose(0, 1));
        }
    }

    private static torch.Tensor Mirrored(torch.Tensor products) => products.tril().add_(products.tril(-1).transpose(1, 2), One);
}
