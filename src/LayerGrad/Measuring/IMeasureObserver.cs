using LayerGrad.Decoders;
using LayerGrad.Measuring.Inspection;

namespace LayerGrad.Measuring;

/// <summary>Is told how a run goes on; called on the thread that measures.</summary>
internal interface IMeasureObserver
{
    /// <summary>The run is planned and the model is ready; the first window comes next.</summary>
    void Started(MeasurePlan plan);

    /// <summary>A packing window is measured and its lines are written.</summary>
    void Advanced(MeasureProgress progress);
}

/// <summary>What a run is going to do.</summary>
/// <param name="Examples">Examples of this run or shard.</param>
/// <param name="Done">How many of them were done when it started.</param>
/// <param name="Tokens">Tokens that are still to be measured.</param>
/// <param name="Windows">Packing windows that are still to be measured.</param>
/// <param name="TokenBudget">Tokens that a window may hold.</param>
/// <param name="Weights">Weights measured an example.</param>
/// <param name="Device">What computes.</param>
/// <param name="Memory">How the model is held in memory; null where nothing is planned.</param>
/// <param name="ExpectedTime">About how long it takes, from the model's sizes and the machine's speed just now; null where that is not known.</param>
internal sealed record MeasurePlan(int Examples, int Done, long Tokens, int Windows, int TokenBudget, int Weights, string Device, MemoryPlan? Memory = null, ExpectedTime? ExpectedTime = null)
{
    /// <summary>What adapter is merged into the model, in a line; null for none.</summary>
    public string? Adapter { get; init; }

    /// <summary>What the user must know of the model's tensors; a sentence each.</summary>
    public IReadOnlyList<string> WeightNotes { get; init; } = [];

    /// <summary>What was understood of the dataset, such as <c>ShareGPT, Parquet</c>; null where the examples were made by a program.</summary>
    public string? Data { get; init; }
}

/// <summary>How far a run has come.</summary>
/// <param name="Measured">Examples measured, those before this start included.</param>
/// <param name="Skipped">Examples skipped, likewise.</param>
/// <param name="Tokens">Tokens that this start has measured.</param>
internal readonly record struct MeasureProgress(int Measured, int Skipped, long Tokens);
