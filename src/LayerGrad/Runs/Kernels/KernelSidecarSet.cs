namespace LayerGrad.Runs.Kernels;

/// <summary>A dataset whose examples are in a kernel, as <c>KERNEL.json</c> names it.</summary>
/// <param name="Name">Its name in the kernel.</param>
/// <param name="Path">The dataset as the user named it.</param>
/// <param name="Hash">Its identity.</param>
internal sealed record KernelSidecarSet(string Name, string Path, string Hash);
