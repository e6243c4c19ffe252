namespace LayerGrad.Runs.Kernels;

/// <summary>An example that has no place in a kernel.</summary>
/// <param name="File">Its dataset.</param>
/// <param name="Index">Its position there.</param>
/// <param name="Reason">Why.</param>
internal sealed record KernelSkip(string File, int Index, string Reason);
