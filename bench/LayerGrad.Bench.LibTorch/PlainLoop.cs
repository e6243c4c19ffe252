using LayerGrad.Bench.Headline;
using TorchSharp;
using static TorchSharp.torch;

namespace LayerGrad.Bench.LibTorch;

/// <summary>
/// What the original script does: one example at a time, logits and loss over all positions, the gradients of q, k, v and o as matrices, all singular values of each.
/// It is kinder to libtorch than the original, which asks for singular vectors and for the gradients of every other parameter too.
/// </summary>
internal sealed class PlainLoop(MadeUpDecoder decoder, RunSettings settings)
{
    /// <summary>Measures every example.</summary>
    public IReadOnlyList<ExampleStatistics> Pass()
    {
        var weights = decoder.Measured.Select(name => decoder[name].requires_grad_()).ToList();
        var ids = SyntheticWeights.Tokens(settings.Tokens * settings.Batch, decoder.Vocabulary);
        return [.. ids.Chunk(settings.Tokens).Select(example => Measure(example, weights))];
    }

    private ExampleStatistics Measure(int[] example, List<Tensor> weights)
    {
        using var scope = NewDisposeScope();
        var loss = decoder.Losses(tensor(Array.ConvertAll(example, id => (long)id), [1L, example.Length]), settings.Response, headEverywhere: true);
        var gradients = autograd.grad([loss.sum()], weights);
        using var noTape = no_grad();
        return new ExampleStatistics(loss.item<float>(), decoder.Measured.Zip(gradients).ToDictionary(pair => pair.First, pair => Numbers(pair.Second)));
    }

    private static WeightNumbers Numbers(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var values = linalg.svdvals(gradient);
        return new WeightNumbers(
            values.sum().item<float>(), values.max().item<float>(), gradient.mul(gradient).sum().sqrt().item<float>(), gradient.max().item<float>(), gradient.min().item<float>(), gradient.mean().item<float>());
    }
}
