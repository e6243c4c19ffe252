using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using LayerGrad.Decoders;
using LayerGrad.Runs;

namespace LayerGrad.Measuring;

/// <summary>
/// What a run does when a device's memory runs out although the plan fitted: libraries take memory of their own, and other programs come. Before the first line
/// is written the plan is made again, smaller; afterwards its windows are settled, and the run ends with the budget under which it goes on.
/// </summary>
/// <param name="paths">The run's files.</param>
/// <param name="options">What was asked for.</param>
/// <param name="mayPlanAgain">Whether the plan is this run's alone and not settled yet: a run that goes on has one, and shards share one.</param>
internal sealed class MemoryAttempts(RunPaths paths, MeasureRunOptions options, bool mayPlanAgain)
{
    /// <summary>The part of the memory that was not there which is tried next.</summary>
    private const double Part = 0.75;

    /// <summary>By then a tenth of the memory is left, and whatever takes the rest is not this run's plan.</summary>
    private const int MostAttempts = 8;

    private readonly List<string> _plannedAgain = [];

    /// <summary>Runs until the memory suffices.</summary>
    /// <param name="state">What is written of the run.</param>
    /// <param name="run">Runs under options; is given why it is planned again, and tells its plan as soon as it has one.</param>
    /// <returns>What the run gave.</returns>
    /// <exception cref="InsufficientMemoryException">The memory does not suffice; one line with the budget to give.</exception>
    [SuppressMessage("Usage", "MA0012:Do not raise reserved exception type", Justification = "Memory did run out; the message says so in one line.")]
    public long Run(RunState state, Func<MeasureRunOptions, IReadOnlyList<string>, Action<MemoryPlan?>, long> run)
    {
        var attempt = options;
        InsufficientMemoryException? last = null;
        while (true)
        {
            MemoryPlan? plan = null;
            try
            {
                return run(attempt, [.. _plannedAgain], made => plan = made);
            }
            catch (InsufficientMemoryException error)
            {
                last = error;
            }
            catch (InputException error) when (last is not null && plan is null)
            {
                // Not even the smallest plan fits into what is left to try.
                throw Told($"{last.Message}; {error.Message}", last);
            }

            var smaller = Smaller(plan, attempt.Machine.MemoryBudget);
            if (!mayPlanAgain || state.Done > 0 || _plannedAgain.Count == MostAttempts)
                throw Told($"{paths.Lines}: {(state.Done > 0 ? $"after {state.Done} examples " : "")}{last.Message}; give the same command with --memory {ByteSize.FormatOption(smaller)} to go on", last);
            _plannedAgain.Add(string.Create(CultureInfo.InvariantCulture, $"memory ran out{Of(plan)}: {last.Message}"));
            attempt = attempt with { Memory = smaller };
        }
    }

    /// <summary>A part of what a plan takes for the model; what the program takes cannot become less.</summary>
    private static long Smaller(MemoryPlan? plan, long budget)
    {
        if (plan is null)
            return (long)(Part * budget);
        var program = plan.Parts.Where(part => part.Name == MemorySizes<float>.Program).Sum(part => part.Bytes);
        return program + (long)(Part * (Math.Min(plan.Bytes, budget) - program));
    }

    private static string Of(MemoryPlan? plan) => plan is null ? "" : string.Create(
        CultureInfo.InvariantCulture, $" with a plan of {ByteSize.Format(plan.Bytes)}, {plan.TokenBudget} tokens a window and {plan.KeptLayers} layers of activations kept");

    private static InsufficientMemoryException Told(string message, Exception error) => new(message, error);
}
