using LayerGrad.Bench.Headline;
using TorchSharp;
using static LayerGrad.Torch.Storage.Scalars;
using static TorchSharp.torch;

namespace LayerGrad.Bench.LibTorch;

/// <summary>
/// LayerGrad's method as a user of libtorch would write it: a batch of examples (of one length: padding would cost the baseline more), inputs and outputs of the measured layers kept by hooks, no
/// gradients of weights, the head at response tokens only, singular values from inner products in float64, all examples of a weight in one operation.
/// </summary>
internal sealed class FactorMethod(MadeUpDecoder decoder, RunSettings settings)
{
    /// <summary>Measures every example.</summary>
    public IReadOnlyList<ExampleStatistics> Pass()
    {
        using var scope = NewDisposeScope();
        decoder.Kept = [];
        var ids = SyntheticWeights.Tokens(settings.Tokens * settings.Batch, decoder.Vocabulary);
        var losses = decoder.Losses(tensor(Array.ConvertAll(ids, id => (long)id), [settings.Batch, settings.Tokens]), settings.Response, headEverywhere: false);
        var deltas = autograd.grad([losses.sum()], [.. decoder.Measured.Select(name => decoder.Kept[name].Output)]);
        using var noTape = no_grad();
        var found = Enumerable.Range(0, settings.Batch).Select(_ => new Dictionary<string, WeightNumbers>()).ToList();
        Tensor? root = null;
        for (var i = 0; i < deltas.Count; i++)
        {
            // Query, key and value have one input.
            var (name, x) = (decoder.Measured[i], decoder.Kept[decoder.Measured[i]].Input);
            if (!name.Contains("k_proj", StringComparison.Ordinal) && !name.Contains("v_proj", StringComparison.Ordinal))
            {
                root?.Dispose();
                root = RootOf(x)?.DetachFromDisposeScope();
            }

            var numbers = Measure(x, deltas[i], root);
            for (var example = 0; example < numbers.Length; example++)
                found[example][name] = numbers[example];
        }

        root?.Dispose();
        foreach (var (input, output) in decoder.Kept.Values)
        {
            input.Dispose();
            output.Dispose();
        }

        decoder.Kept = null;
        var values = losses.data<float>().ToArray();
        return [.. found.Select((weights, example) => new ExampleStatistics(values[example], weights))];
    }

    /// <summary>L with X Xᵀ = L Lᵀ, or none where X has fewer columns than rows and the gradient itself is the smaller matrix.</summary>
    private static Tensor? RootOf(Tensor x)
    {
        if (x.size(1) > x.size(2))
            return null;
        using var scope = NewDisposeScope();
        var wide = x.to(ScalarType.Float64);
        var gram = wide.bmm(wide.transpose(1, 2));
        var (root, failed) = linalg.cholesky_ex(gram);
        if (failed.sum().item<long>() == 0)
            return root.MoveToOuterDisposeScope();

        // Repeated tokens.
        var (values, vectors) = linalg.eigh(gram);
        return vectors.mul(values.clamp_min(Number(0)).sqrt().unsqueeze(1)).MoveToOuterDisposeScope();
    }

    private static WeightNumbers[] Measure(Tensor x, Tensor delta, Tensor? root)
    {
        using var scope = NewDisposeScope();
        var gradient = delta.transpose(1, 2).bmm(x);
        var flat = gradient.view(gradient.size(0), -1);
        var values = SingularValues(gradient, delta, root);
        float[][] all = [.. ((Tensor[])[flat.mul(flat).sum([1L]).sqrt(), flat.amax([1L]), flat.amin([1L]), flat.mean([1L])]).Select(tensor => tensor.data<float>().ToArray())];
        var (sums, largest) = (values.sum([1L]).data<double>().ToArray(), values.amax([1L]).data<double>().ToArray());
        return [.. sums.Select((sum, i) => new WeightNumbers(sum, largest[i], all[0][i], all[1][i], all[2][i], all[3][i]))];
    }

    /// <summary>By the smallest of the matrices whose eigenvalues are their squares.</summary>
    private static Tensor SingularValues(Tensor gradient, Tensor delta, Tensor? root)
    {
        Tensor smaller;
        if (root is null)
        {
            var wide = gradient.to(ScalarType.Float64);
            smaller = wide.size(1) <= wide.size(2) ? wide.bmm(wide.transpose(1, 2)) : wide.transpose(1, 2).bmm(wide);
        }
        else if (delta.size(2) < delta.size(1))
        {
            var projected = root.transpose(1, 2).bmm(delta.to(ScalarType.Float64));
            smaller = projected.transpose(1, 2).bmm(projected);
        }
        else
        {
            var wide = delta.to(ScalarType.Float64);
            smaller = root.transpose(1, 2).bmm(wide.bmm(wide.transpose(1, 2))).bmm(root);
        }

        return linalg.eigvalsh(smaller).clamp_min(Number(0)).sqrt();
    }
}
