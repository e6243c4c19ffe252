using System.Numerics;

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
internal sealed record MemoryPlan(int TokenBudget, int ResidentLayers, bool ResidentHead, int KeptLayers, IReadOnlyList<MemoryPart> Parts)
{
    /// <summary>The least tokens of a batch that are planned.</summary>
    public const int SmallestTokenBudget = 1024;

    private static readonly int[] s_residentBudgets = [2048, SmallestTokenBudget];
    private static readonly int[] s_streamedBudgets = [8192, 4096, 2048, SmallestTokenBudget];

    /// <summary>How many layers, behind the resident ones, are held as the checkpoint stores them, and decoded each time they are visited.</summary>
    public int HeldLayers { get; init; }

    /// <summary>The bytes that will be taken at most.</summary>
    public long Bytes => Parts.Sum(part => part.Bytes);

    /// <summary>How many layers are neither resident nor held, and are read from the checkpoint each time they are visited.</summary>
    public int ReadLayers { get; init; }

    /// <summary>Plans a run.</summary>
    /// <typeparam name="T">The element type, float or double.</typeparam>
    /// <param name="sizes">What everything takes.</param>
    /// <param name="budget">The bytes that may be taken.</param>
    /// <param name="tokenBudget">The tokens of a batch where they are settled already; null to choose them.</param>
    /// <param name="goesOn">Whether the run has begun: it then goes on in the least memory, even where that is more than the budget.</param>
    /// <exception cref="InputException">Nothing fits; the message says what would.</exception>
    internal static MemoryPlan Create<T>(MemorySizes<T> sizes, long budget, int? tokenBudget = null, bool goesOn = false)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (var tokens in tokenBudget is { } settled ? [settled] : s_residentBudgets)
        {
            if (sizes.KeptWithin(tokens, budget) is { } plan && (plan.KeptLayers == sizes.Layers || tokens == (tokenBudget ?? s_residentBudgets[^1])))
                return plan;
        }

        foreach (var tokens in tokenBudget is { } known ? [known] : s_streamedBudgets)
        {
            if (sizes.ResidentWithin(tokens, budget) is { } plan)
                return plan;
        }

        var least = sizes.Plan(tokenBudget ?? s_streamedBudgets[^1], residentLayers: 0, residentHead: false, keptLayers: 0);
        return goesOn
            ? least
            : throw new InputException(
                $"--memory {Gibibytes(budget)} is too small for this model: at least {Gibibytes(least.Bytes)} are needed with --max-length {sizes.MaxLength}; give more, or shorten the examples");
    }

    private static string Gibibytes(long bytes) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Math.Ceiling(bytes / 1073741824.0 * 100) / 100:0.00}GiB");
}
