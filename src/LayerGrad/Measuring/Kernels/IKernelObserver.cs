namespace LayerGrad.Measuring.Kernels;

/// <summary>Is told how a kernel goes on: what it takes, its backward passes, then its inner products.</summary>
internal interface IKernelObserver : IMeasureObserver
{
    /// <summary>What the kernel is going to take; nothing is computed yet.</summary>
    void Planned(KernelPlan plan);

    /// <summary>The inner products of a weight's gradients are computed.</summary>
    /// <param name="weights">Weights that are done.</param>
    /// <param name="of">All weights.</param>
    void Compared(int weights, int of);
}
