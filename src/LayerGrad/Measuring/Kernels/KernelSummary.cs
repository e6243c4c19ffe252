using LayerGrad.Examples;

namespace LayerGrad.Measuring.Kernels;

/// <summary>What a kernel came to.</summary>
/// <param name="Path"><c>KERNEL.npy</c>.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Skipped">Examples without a gradient, and why.</param>
/// <param name="Alignments">With a test set: the training examples, most aligned with it first.</param>
/// <param name="Elapsed">The time that it took.</param>
public sealed record KernelSummary(
    string Path, IReadOnlyList<int> Shape, IReadOnlyList<KernelSkip> Skipped, IReadOnlyList<KernelAlignment> Alignments, TimeSpan Elapsed);

/// <summary>An example that has no place in a kernel.</summary>
/// <param name="File">Its dataset.</param>
/// <param name="Index">Its position there.</param>
/// <param name="Reason">Why.</param>
public sealed record KernelSkip(string File, int Index, string Reason);

/// <summary>How a training example's gradient lies to the test set's.</summary>
/// <param name="Example">The training example.</param>
/// <param name="Cosine">
/// The cosine between its gradient and the mean gradient of the test set, over all weights together; NaN where one of them is zero.
/// </param>
public sealed record KernelAlignment(Example Example, double Cosine);
