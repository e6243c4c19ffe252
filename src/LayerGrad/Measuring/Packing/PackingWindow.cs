using LayerGrad.Measuring.Engines;
using LayerGrad.Measuring.Inspection;
using LayerGrad.Runs.Measurements;

namespace LayerGrad.Measuring.Packing;

/// <summary>
/// Consecutive examples that are measured in one pass. Windows depend on the dataset, the options and the token
/// budget alone, never on where a run was cut or how it is dealt out: the last bits of a matrix product depend on
/// what is packed with it, so this is what makes resumed, sharded and grown runs equal an undisturbed one.
/// </summary>
/// <param name="Number">Position among the run's windows, from 0.</param>
/// <param name="Examples">The examples in the dataset's order, those that will be skipped and those that the run does not ask for among them.</param>
internal sealed record PackingWindow(int Number, IReadOnlyList<EncodedExample> Examples)
{
    /// <summary>Tokens of all examples.</summary>
    public int Tokens => Examples.Sum(example => example.Length);

    /// <summary>The lengths of those examples that are measured.</summary>
    public IEnumerable<ExampleLength> Lengths =>
        Examples.Select(example => example.Tokens).OfType<TokenizedExample>().Select(tokens => new ExampleLength(tokens.Ids.Length, tokens.ResponseLength));

    /// <summary>Dataset position of the first example.</summary>
    public int First => Examples[0].Example.Index;

    /// <summary>Packs examples greedily, in their order, few into the dataset's first window; one that is longer than the budget stands alone.</summary>
    /// <param name="examples">The examples, in the dataset's order.</param>
    /// <param name="tokenBudget">How many tokens a window may hold.</param>
    public static IReadOnlyList<PackingWindow> Pack(IEnumerable<EncodedExample> examples, int tokenBudget) => [.. Each(examples, tokenBudget)];

    /// <summary>Packs examples as <see cref="Pack"/>, a window at a time: no further is read than the example with which the next one begins.</summary>
    /// <param name="examples">The examples, in the dataset's order, from the start of a window on.</param>
    /// <param name="tokenBudget">How many tokens a window may hold.</param>
    public static IEnumerable<PackingWindow> Each(IEnumerable<EncodedExample> examples, int tokenBudget)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tokenBudget, 1);
        var rule = new PackingRule(tokenBudget);
        var open = new List<EncodedExample>();
        var number = 0;
        foreach (var example in examples)
        {
            if (rule.Opens(example.Example.Index, example.Length))
            {
                yield return new PackingWindow(number++, open);
                open = [];
            }

            open.Add(example);
        }

        if (open.Count > 0)
            yield return new PackingWindow(number, open);
    }

    /// <summary>Measures the window: longest example first, results in the dataset's order, null for those skipped.</summary>
    public Measurement?[] Measure(IExampleMeasurer measurer, CancellationToken cancel)
    {
        var order = Enumerable.Range(0, Examples.Count).Where(i => Examples[i].Tokens is not null)
            .OrderByDescending(i => Examples[i].Length).ThenBy(i => i).ToArray();
        var results = new Measurement?[Examples.Count];
        if (order.Length == 0)
            return results;
        var measured = measurer.Measure([.. order.Select(i => Examples[i].Tokens!)], cancel);
        if (measured.Count != order.Length)
            throw new InvalidOperationException($"{order.Length} examples gave {measured.Count} measurements.");
        for (var i = 0; i < order.Length; i++)
            results[order[i]] = measured[i];
        return results;
    }
}
