using LayerGrad.Decoders.Specification;

namespace LayerGrad.Decoders;

/// <summary>
/// How a model is run within a memory budget: how many tokens a batch holds, which layers stay resident, and for which
/// of them the backward finds its activations kept rather than computed again. Made from sizes alone, before anything
/// is loaded. A small model is resident with everything kept; a larger one computes activations again; one larger
/// than memory is read from the checkpoint layer by layer, twice a batch, and then takes as large batches as fit.
/// </summary>
/// <param name="TokenBudget">The tokens of a batch; a longer example stands alone.</param>
/// <param name="ResidentLayers">How many layers, from the first on, stay in memory.</param>
/// <param name="ResidentHead">Whether the head (and a tied embedding) stays in memory.</param>
/// <param name="KeptLayers">For how many layers, from the last on, activations are kept.</param>
/// <param name="Parts">What takes how many bytes.</param>
public sealed record MemoryPlan(int TokenBudget, int ResidentLayers, bool ResidentHead, int KeptLayers, IReadOnlyList<MemoryPart> Parts)
{
    private static readonly int[] s_residentBudgets = [2048, 1024];
    private static readonly int[] s_streamedBudgets = [8192, 4096, 2048, 1024];

    /// <summary>The bytes that will be taken at most.</summary>
    public long Bytes => Parts.Sum(part => part.Bytes);

    /// <summary>Plans a run.</summary>
    /// <param name="specification">The model.</param>
    /// <param name="elementBytes">4 for float32, 8 for float64.</param>
    /// <param name="maxLength">The longest example in tokens.</param>
    /// <param name="threads">The threads that compute.</param>
    /// <param name="budget">The bytes that may be taken.</param>
    /// <param name="tokenBudget">The tokens of a batch where they are settled already, as for a run that goes on.</param>
    /// <exception cref="InputException">Nothing fits; the message says what would.</exception>
    public static MemoryPlan Create(
        DecoderSpecification specification, int elementBytes, int maxLength, int threads, long budget, int? tokenBudget = null)
    {
        var sizes = new MemorySizes(specification, elementBytes, threads);
        var layers = specification.Layers.Count;
        foreach (var tokens in tokenBudget is { } settled ? [settled] : s_residentBudgets)
        {
            if (sizes.Plan(tokens, maxLength, layers, residentHead: true, layers) is { } kept && kept.Bytes <= budget)
                return kept;
        }

        var smallest = tokenBudget ?? s_residentBudgets[^1];
        var recomputed = sizes.Plan(smallest, maxLength, layers, residentHead: true, 0);
        if (recomputed.Bytes <= budget)
            return sizes.Plan(smallest, maxLength, layers, residentHead: true, sizes.KeptWithin(budget - recomputed.Bytes, Math.Max(smallest, maxLength)));

        foreach (var tokens in tokenBudget is { } known ? [known] : s_streamedBudgets)
        {
            var streamed = sizes.Plan(tokens, maxLength, 0, residentHead: false, 0);
            if (streamed.Bytes <= budget)
                return sizes.WithResident(streamed, maxLength, budget);
        }

        var least = sizes.Plan(tokenBudget ?? s_streamedBudgets[^1], maxLength, 0, residentHead: false, 0).Bytes;
        throw new InputException(
            $"--memory {Gibibytes(budget)} is too small for this model: at least {Gibibytes(least)} are needed with --max-length {maxLength}; give more, or shorten the examples");
    }

    private static string Gibibytes(long bytes) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / 1073741824.0 * 100) / 100:0.00}GiB");
}
