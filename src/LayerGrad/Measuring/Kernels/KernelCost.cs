using LayerGrad.Decoders;
using LayerGrad.Decoders.Specification;
using LayerGrad.Gradients;

namespace LayerGrad.Measuring.Kernels;

/// <summary>What the kernel of some weights takes, from sizes alone.</summary>
internal static class KernelCost
{
    /// <summary>Elements of the factors of all examples.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="tokens">The tokens of all examples.</param>
    /// <param name="responseTokens">Those of the responses, which alone reach the head.</param>
    public static double FactorElements(DecoderSpecification specification, IReadOnlyList<SelectedWeight> weights, long tokens, long responseTokens)
    {
        var outputs = weights.GroupBy(weight => weight.Linear.Weight.Name).ToDictionary(group => group.Key, group => group.Sum(weight => (double)weight.Outputs));
        return Inputs(specification)
            .Select(input => (input.Reach, Inputs: input.Linears[0].Inputs, Outputs: input.Linears.Sum(linear => outputs.GetValueOrDefault(linear.Weight.Name))))
            .Where(input => input.Outputs > 0)
            .Sum(input => (input.Inputs + input.Outputs) * input.Reach(tokens, responseTokens));
    }

    /// <summary>Multiplications and additions of the forward and backward passes.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="plan">How it is held in memory.</param>
    /// <param name="tokens">The tokens of all examples.</param>
    /// <param name="responseTokens">Those of the responses.</param>
    /// <remarks>An adapter's own products are so small beside the weights' that they are counted with them.</remarks>
    public static double BackwardOperations(DecoderSpecification specification, MemoryPlan plan, long tokens, long responseTokens)
    {
        // A product forward, one for the input's gradient, and one more where the forward is computed again.
        var products = plan.KeptLayers == specification.Layers.Count ? 2 : 3;
        return Inputs(specification).Sum(input => 2.0 * products * input.Reach(tokens, responseTokens) * input.Linears.Sum(linear => (double)linear.Weight.Count));
    }

    /// <summary>Multiplications and additions of the inner products, each weight's by its cheaper way.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="examples">The number of examples.</param>
    /// <param name="tokens">The tokens of all examples.</param>
    /// <param name="responseTokens">Those of the responses.</param>
    public static double KernelOperations(DecoderSpecification specification, IReadOnlyList<SelectedWeight> weights, int examples, long tokens, long responseTokens)
    {
        var reaches = Inputs(specification).SelectMany(input => input.Linears.Select(linear => (linear.Weight.Name, Tokens: input.Reach(tokens, responseTokens))))
            .ToDictionary(entry => entry.Name, entry => entry.Tokens);
        return weights.Sum(weight =>
        {
            var (factors, bands) = GradientKernel<double>.Operations(examples, reaches[weight.Linear.Weight.Name], weight.Outputs, weight.Inputs);
            return Math.Min(factors, bands);
        });
    }

    /// <summary>The layers that read one input, and how many of the tokens reach them.</summary>
    private static IEnumerable<(IReadOnlyList<LinearSpecification> Linears, Func<long, long, double> Reach)> Inputs(DecoderSpecification specification)
    {
        foreach (var part in specification.Layers.SelectMany(layer => layer.Parts))
        {
            foreach (var group in part.Groups)
                yield return (group.Linears, (tokens, _) => group.Share * tokens);

            // Their factors have a row a head, which is less than a row a token unless examples are very short.
            foreach (var norm in part.Norms.Select(norm => norm.MeasuredWeight).OfType<LinearSpecification>())
                yield return ([norm], (tokens, _) => tokens);
        }

        yield return ([specification.Head.Linear], (_, response) => response);
        foreach (var group in AdaptedLinear.Groups(specification.Adapters, specification.Layers.SelectMany(static layer => layer.Groups)))
            yield return (group.Linears, (tokens, _) => group.Share * tokens);
        foreach (var group in AdaptedLinear.Groups(specification.Adapters, [new LinearGroup([specification.Head.Linear])]))
            yield return (group.Linears, (_, response) => response);
    }
}
