using LayerGrad.Examples;

namespace LayerGrad.Measuring.Kernels;

/// <summary>A dataset whose examples are rows and columns of a kernel.</summary>
/// <param name="Name">How the set is called in <c>KERNEL.json</c>.</param>
/// <param name="File">The dataset as the user named it.</param>
/// <param name="Identity">Its identity; null where a program made the examples.</param>
/// <param name="Examples">Its examples.</param>
internal sealed record KernelSet(string Name, string File, string? Identity, IReadOnlyList<Example> Examples);
