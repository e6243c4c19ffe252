namespace LayerGrad.Compute.Cpu;

/// <summary>
/// What the processor's device takes beside the matrices that it is asked for, from sizes alone, so that it can be planned:
/// packed panels of products where there is no BLAS library, scores of attention or chunks of the delta rule, and the buffers of statistics of gradients.
/// Every thread has its own.
/// </summary>
internal static class CpuWorkSpace
{
    /// <summary>The bytes that are taken in the end, by a device on which examples were run and measured.</summary>
    /// <param name="elementBytes">4 for float32, 8 for float64.</param>
    /// <param name="threads">The threads that compute.</param>
    /// <param name="tokens">The tokens of the longest example.</param>
    /// <param name="summarized">The inputs and outputs of each weight whose gradients are summarized.</param>
    /// <param name="states">The columns of keys and of values of the heads that carry a state.</param>
    public static long Bytes(int elementBytes, int threads, int tokens, IEnumerable<(int Inputs, int Outputs)> summarized, IEnumerable<(int Key, int Value)> states)
    {
        var heads = states.Select(static head => DeltaChunk<float>.Elements(head.Key, head.Value)).Append(CpuDevice<float>.ScoresOf(tokens)).Max();
        var sizes = default(SummarySizes);
        foreach (var (inputs, outputs) in summarized)
            sizes = SummarySizes.Max(sizes, SummarySizes.Of(elementBytes, tokens, inputs, outputs));
        return threads * (ProductBytes(elementBytes) + (heads * elementBytes) + sizes.Bytes);
    }

    /// <summary>A product of the element type, and one in double precision for factorizations.</summary>
    private static long ProductBytes(int elementBytes) => Gemm<double>.ProductBytes + (elementBytes == sizeof(float) ? Gemm<float>.ProductBytes : Gemm<double>.ProductBytes);
}
