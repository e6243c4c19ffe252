using LayerGrad.Runs.Kernels;

namespace LayerGrad.Measuring.Kernels;

/// <summary>What a kernel came to.</summary>
/// <param name="Path"><c>KERNEL.npy</c>.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Skipped">Examples without a gradient, and why.</param>
/// <param name="Alignments">With a test set: the training examples, most aligned with it first.</param>
/// <param name="Elapsed">The time that it took.</param>
internal sealed record KernelSummary(
    string Path, IReadOnlyList<int> Shape, IReadOnlyList<KernelSkip> Skipped, IReadOnlyList<KernelAlignment> Alignments, TimeSpan Elapsed);
