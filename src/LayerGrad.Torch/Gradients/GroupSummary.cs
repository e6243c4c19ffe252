using System.Numerics;
using System.Runtime.CompilerServices;
using LayerGrad.Compute;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;

namespace LayerGrad.Torch.Gradients;

/// <summary>
/// Computes on the device what the host needs for the summaries of one group of examples. float32 takes the route of <see cref="GramSpectrum{T}"/>, inner products in double precision; float64 that of <see cref="OrthogonalSpectrum{T}"/>.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <param name="group">The examples.</param>
/// <param name="largestForHost">The largest order of a symmetric problem that goes to the host.</param>
/// <param name="chunkBytes">What widened columns, and tiles of gradients, may take at a time.</param>
internal sealed class GroupSummary<T>(FactorGroup<T> group, int largestForHost, long chunkBytes)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly List<torch.Tensor> _numbers = [];
    private readonly List<torch.Tensor> _problems = [];
    private readonly List<(SummaryProblem Kind, int Order)> _kinds = [];
    private torch.Tensor? _packedInput;

    /// <summary>What temporary tensors take, about.</summary>
    public long WorkBytes
    {
        get
        {
            var squares = (long)group.Count * group.Tokens * group.Tokens * sizeof(double);
            var copies = group.Count > 1 ? group.Elements * Unsafe.SizeOf<T>() : 0;
            var outputs = Enumerable.Range(0, group.Weights).Max(group.Outputs);
            var formed = (long)group.Count * group.Inputs * Math.Min(group.Inputs, outputs) * sizeof(double);
            return typeof(T) == typeof(double)
                ? copies + 3 * group.Elements * sizeof(double) + 4 * squares
                : copies + 2 * chunkBytes + (group.Tokens > group.Inputs ? (2 + group.Weights) * formed + group.Elements * sizeof(double) : (6 + group.Weights) * squares);
        }
    }

    /// <summary>Computes.</summary>
    /// <returns>Where the numbers stand, and the numbers: one dimension in float64.</returns>
    public (SummaryLayout Layout, torch.Tensor Numbers) Compute()
    {
        var input = group.Input();
        if (typeof(T) == typeof(double))
            FromOrthogonalFactors(input);
        else if (group.Tokens > group.Inputs)
            FromGradients(input);
        else
            FromInnerProducts(input);
        torch.Tensor[] parts = [torch.stack(_numbers, 1), .. _packedInput is null ? [] : new[] { _packedInput }, .. _problems];
        return (new SummaryLayout(group.Examples, group.Tokens, _kinds), torch.cat(parts, 1).reshape(-1));
    }

    private void FromInnerProducts(torch.Tensor input)
    {
        var x = FactorProducts.InnerProducts(input, chunkBytes);
        for (var weight = 0; weight < group.Weights; weight++)
        {
            using var scope = torch.NewDisposeScope();
            var delta = group.Delta(weight);
            var (max, min) = FactorProducts.Extremes(delta, input, chunkBytes);
            if (group.Outputs(weight) < group.Tokens)
            {
                // Δᵀ (X Xᵀ) Δ = G Gᵀ is the smallest matrix at hand.
                var wide = delta.to(torch.ScalarType.Float64);
                var symmetric = wide.transpose(1, 2).bmm(x.Products.bmm(wide));
                var tokens = Count(wide.mul(wide).sum([2L]));
                AddNumbers(Sum(x.Sums, wide.sum([2L])), max, min, Trace(symmetric).sqrt_(), tokens);
                AddSymmetric(symmetric, tokens);
                continue;
            }

            var d = FactorProducts.InnerProducts(delta, chunkBytes);
            var rows = Count(d.Products.diagonal(0, 1, 2));
            AddNumbers(Sum(x.Sums, d.Sums), max, min, x.Products.mul(d.Products).sum([1L, 2L]).clamp_(min: Number(0)).sqrt_(), rows);
            if (group.Tokens > largestForHost)
                Add(SummaryProblem.Values, group.Tokens, SymmetricProblems.Roots(x.Products, d.Products, rows));
            else
                Add(SummaryProblem.InnerProducts, group.Tokens, FactorProducts.Packed(d.Products));
        }

        if (_kinds.Exists(static kind => kind.Kind == SummaryProblem.InnerProducts))
            _packedInput = FactorProducts.Packed(x.Products);
    }

    /// <summary>G itself, of which X has fewer columns than rows: formed some of its rows at a time where only GᵀG is kept.</summary>
    private void FromGradients(torch.Tensor input)
    {
        var x = input.to(torch.ScalarType.Float64);
        for (var weight = 0; weight < group.Weights; weight++)
        {
            using var scope = torch.NewDisposeScope();
            var delta = group.Delta(weight);
            var outputs = group.Outputs(weight);
            var order = Math.Min(group.Inputs, outputs);
            var rows = outputs < group.Inputs ? outputs : Math.Max(16, chunkBytes / (sizeof(double) * group.Count * group.Inputs));
            var symmetric = torch.zeros([group.Count, order, order], torch.ScalarType.Float64, input.device);
            var (sum, squares) = (torch.zeros([group.Count], torch.ScalarType.Float64, input.device), torch.zeros([group.Count, group.Tokens], torch.ScalarType.Float64, input.device));
            var (largest, smallest) = (new List<torch.Tensor>(), new List<torch.Tensor>());
            for (var first = 0L; first < outputs; first += rows)
            {
                using var tileScope = torch.NewDisposeScope();
                var wide = delta.narrow(2, first, Math.Min(rows, outputs - first)).to(torch.ScalarType.Float64);
                var gradient = wide.transpose(1, 2).bmm(x);
                sum.add_(gradient.sum([1L, 2L]), One);
                squares.add_(wide.mul(wide).sum([2L]), One);
                symmetric.add_(outputs < group.Inputs ? gradient.bmm(gradient.transpose(1, 2)) : gradient.transpose(1, 2).bmm(gradient), One);
                largest.Add(gradient.amax([1L, 2L]).MoveToOuterDisposeScope());
                smallest.Add(gradient.amin([1L, 2L]).MoveToOuterDisposeScope());
            }

            var tokens = Count(squares);
            AddNumbers(sum, torch.stack(largest).amax([0L]), torch.stack(smallest).amin([0L]), Trace(symmetric).sqrt_(), tokens);
            AddSymmetric(symmetric, tokens);
        }
    }

    private void FromOrthogonalFactors(torch.Tensor input)
    {
        var (right, inputSums) = (Reduced(input), input.sum([2L]));
        for (var weight = 0; weight < group.Weights; weight++)
        {
            using var scope = torch.NewDisposeScope();
            var delta = group.Delta(weight);
            var (max, min) = FactorProducts.Extremes(delta, input, chunkBytes);
            var core = Reduced(delta).bmm(right.transpose(1, 2));
            var norm = core.mul(core).sum([1L, 2L]).sqrt_();
            var tokens = Count(delta.abs().amax([2L]));
            AddNumbers(Sum(inputSums, delta.sum([2L])), max, min, norm, tokens);
            var finite = norm.isfinite();
            var values = torch.linalg.svdvals(core.masked_fill_(finite.logical_not().view(-1, 1, 1), Number(0)));
            values.masked_fill_(Range(0, values.size(1), torch.ScalarType.Float64, values.device).ge(tokens.unsqueeze(1)), Number(0));
            Add(SummaryProblem.Values, (int)values.size(1), values.masked_fill_(finite.logical_not().unsqueeze(1), Number(double.NaN)));
        }
    }

    /// <summary>Rᵀ's transpose in F = Rᵀ Qᵀ for a factor of more columns than rows, Fᵀ itself for others: examples x columns x tokens.</summary>
    private static torch.Tensor Reduced(torch.Tensor factor)
    {
        var turned = factor.transpose(1, 2);
        return factor.size(2) <= factor.size(1) ? turned : torch.linalg.qr(turned, torch.linalg.QRMode.R).R;
    }

    private void AddSymmetric(torch.Tensor symmetric, torch.Tensor tokens)
    {
        var order = (int)symmetric.size(1);
        if (order > largestForHost)
            Add(SummaryProblem.Values, order, SymmetricProblems.Roots(symmetric, tokens));
        else
            Add(SummaryProblem.Symmetric, order, FactorProducts.Packed(symmetric));
    }

    private void Add(SummaryProblem kind, int order, torch.Tensor problem)
    {
        _kinds.Add((kind, order));
        _problems.Add(problem.MoveToOuterDisposeScope());
    }

    private void AddNumbers(params ReadOnlySpan<torch.Tensor> numbers)
    {
        foreach (var number in numbers)
            _numbers.Add(number.to(torch.ScalarType.Float64).MoveToOuterDisposeScope());
    }

    private static torch.Tensor Sum(torch.Tensor inputSums, torch.Tensor deltaSums) => inputSums.mul(deltaSums).sum([1L]);

    private static torch.Tensor Trace(torch.Tensor matrices) => matrices.diagonal(0, 1, 2).sum([1L]);

    /// <summary>How many of the numbers are not zero (NaN is not), in float64.</summary>
    private static torch.Tensor Count(torch.Tensor numbers) => numbers.ne(Number(0)).sum([1L]).to(torch.ScalarType.Float64);
}
