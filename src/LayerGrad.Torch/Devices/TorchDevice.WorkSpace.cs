using LayerGrad.Compute;

namespace LayerGrad.Torch.Devices;

/// <content>What operations will take for their temporary tensors, from sizes alone: what the operations themselves tell the counter, at most.</content>
internal sealed partial class TorchDevice<T>
{
    /// <summary>The bytes that an element of a parameter takes.</summary>
    /// <param name="storage">The narrowest type that holds the values.</param>
    /// <param name="precision">In which numbers the device computes.</param>
    /// <param name="onProcessor">Whether it computes in the host's memory.</param>
    internal static int ParameterBytes(ParameterStorage storage, Precision precision, bool onProcessor) =>
        KeepsNarrow(storage, precision, onProcessor) ? sizeof(ushort) : ElementBytes;

    /// <summary>Statistics of gradients: inner products, tiles and widened columns of the examples that are taken together.</summary>
    internal static long SummaryBytes(PlannedWork work, bool ownMemory)
    {
        if (work.Summarized.Count == 0)
            return 0;
        const int WeightsOfOneInput = 3;
        long rows = ownMemory ? Math.Max(Math.Min(MostRowsTogether, work.Tokens), work.Longest) : work.Longest;
        var chunk = ownMemory ? AcceleratorChunk : ProcessorTile;
        var squares = rows * work.Longest * sizeof(double);
        var elements = rows * work.Summarized.Max(weight => weight.Inputs + (long)WeightsOfOneInput * weight.Outputs);
        if (typeof(T) == typeof(double))
            return (ownMemory ? elements * ElementBytes : 0) + 3 * elements * sizeof(double) + 4 * squares;
        var formed = work.Summarized.Where(weight => weight.Inputs < work.Longest)
            .Select(weight => (long)weight.Inputs * Math.Min(weight.Inputs, weight.Outputs) * sizeof(double) * (2 + WeightsOfOneInput) + elements * sizeof(double)).DefaultIfEmpty().Max();
        return (ownMemory ? elements * ElementBytes : 0) + 2 * chunk + Math.Max((6 + WeightsOfOneInput) * squares, formed);
    }

    /// <summary>What waits for the host beside whatever operation is at work, and what the host's threads solve it with.</summary>
    internal static long WaitingBytes(PlannedWork work, bool ownMemory, int threads)
    {
        if (work.Summarized.Count == 0)
            return 0;
        long order = ownMemory ? Math.Min(work.Longest, LargestFromGpu) : work.Longest;
        return (long)work.Tokens * work.Summarized.Max(weight => weight.Inputs) * ElementBytes + threads * (4L * order * order * sizeof(double) + Gemm<double>.ProductBytes);
    }

    /// <summary>Attention's backward: copies of the heads with their gradients, and tiles of scores.</summary>
    internal static long AttentionBytes(PlannedWork work, bool ownMemory)
    {
        long rows = ownMemory ? Math.Max(Math.Min(MostRowsTogether, work.Tokens), work.Longest) : work.Longest;
        var tile = (long)work.Heads * QueryBlock * Math.Max(1, rows / Math.Max(1, work.Longest)) * work.Longest * ElementBytes;
        return 4 * (ownMemory ? Math.Max(ScoreBytes, tile) : tile) + 4L * work.HeadColumns * rows * ElementBytes;
    }

    /// <summary>The delta rule's backward: copies of the heads with their gradients, and what a chunk computes.</summary>
    internal static long DeltaBytes(PlannedWork work, bool ownMemory)
    {
        if (work.States.Count == 0)
            return 0;
        long rows = ownMemory ? Math.Max(Math.Min(MostRowsTogether, work.Tokens), work.Longest) : work.Longest;
        var batch = work.Heads * Math.Max(1, rows / Math.Max(1, work.Longest));
        return 2L * work.HeadColumns * rows * ElementBytes + work.States.Max(state => DeltaChunkBytes(batch, state.Key, state.Value));
    }

    /// <summary>Products in which factors or weights are turned into another type.</summary>
    internal static long ProductBytes(PlannedWork work, Precision precision, bool ownMemory) => precision == Precision.BFloat16
        ? sizeof(ushort) * ((long)work.Tokens * work.Widest + work.LargestWeight)
        : ownMemory ? work.LargestWeight * ElementBytes : ProcessorChunk;
}
