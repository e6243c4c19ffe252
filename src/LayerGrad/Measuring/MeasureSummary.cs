using LayerGrad.Runs;
using LayerGrad.Tokenizers;

namespace LayerGrad.Measuring;

/// <summary>What a run came to.</summary>
/// <param name="Paths">Its files.</param>
/// <param name="Measured">Examples measured, those of earlier starts included.</param>
/// <param name="Skipped">Examples skipped: how many for each reason, the most frequent first.</param>
/// <param name="MeanLoss">Mean of the measured examples' losses; NaN where none was measured.</param>
/// <param name="MeasuredNow">Examples that this start measured.</param>
/// <param name="TokensNow">Tokens that this start measured.</param>
/// <param name="Elapsed">How long this start took, the loading of the model included.</param>
/// <param name="NothingToDo">Whether the run was complete already.</param>
internal sealed record MeasureSummary(
    RunPaths Paths,
    int Measured,
    IReadOnlyList<SkipCount> Skipped,
    double MeanLoss,
    int MeasuredNow,
    long TokensNow,
    TimeSpan Elapsed,
    bool NothingToDo)
{
    /// <summary>
    /// Measured examples in which a router's choice of experts is so nearly tied that it may fall differently in another
    /// precision, which changes their numbers by percents.
    /// </summary>
    public int NearlyTied { get; init; }

    /// <summary>Measured examples that left the range of float32 and were measured in float64.</summary>
    public int Widened { get; init; }

    /// <summary>Gradients, over all measured examples, without statistics because they leave the range of the numbers.</summary>
    public long Unresolved { get; init; }

    /// <summary>Selected examples that the other rules of transformers would encode differently; 0 where nothing was left to measure.</summary>
    public int EncodedOtherwise { get; init; }

    /// <summary>The version of transformers whose changes to the tokenizer were made.</summary>
    public TokenizerRules TokenizerRules { get; init; }

    /// <summary>Whether every example was skipped, so that the run holds nothing.</summary>
    public bool MeasuredNothing => Measured == 0 && Skipped.Count > 0;

    internal static MeasureSummary Of(RunPaths paths, RunState state, int measuredNow, long tokensNow, TimeSpan elapsed, bool nothingToDo) => new(
        paths,
        state.Measured.Count,
        [.. state.Skipped.GroupBy(skip => skip.Reason).Select(group => new SkipCount(group.Key, group.Count(), [.. group.Select(skip => skip.Index)]))
            .OrderByDescending(skip => skip.Count).ThenBy(skip => skip.Reason, StringComparer.Ordinal)],
        state.Measured.Count > 0 ? state.Measured.Average(line => line.Loss) : double.NaN,
        measuredNow,
        tokensNow,
        elapsed,
        nothingToDo)
    {
        NearlyTied = state.NearlyTied,
        Widened = state.Widened,
        Unresolved = state.Unresolved,
    };
}

/// <summary>How many examples were skipped for one reason.</summary>
/// <param name="Reason">The reason.</param>
/// <param name="Count">How many.</param>
/// <param name="Examples">Their positions in the dataset.</param>
internal sealed record SkipCount(string Reason, int Count, IReadOnlyList<int> Examples);
