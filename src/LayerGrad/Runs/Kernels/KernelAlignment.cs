using LayerGrad.Examples;

namespace LayerGrad.Runs.Kernels;

/// <summary>How a training example's gradient lies to the test set's.</summary>
/// <param name="Example">The training example.</param>
/// <param name="Cosine">
/// The cosine between its gradient and the mean gradient of the test set, over all weights together; NaN where one of them is zero.
/// </param>
internal sealed record KernelAlignment(Example Example, double Cosine);
