using LayerGrad.Compute;

namespace LayerGrad.Torch.Results;

/// <summary>What threads of the host compute from the numbers of one parcel, in tasks that do not depend on each other.</summary>
/// <param name="Tasks">How many.</param>
/// <param name="Run">One of them: the numbers, which task, and what computes on this thread.</param>
internal sealed record HostWork(int Tasks, Action<ReadOnlyMemory<double>, int, InnerProductSpectrum> Run);
