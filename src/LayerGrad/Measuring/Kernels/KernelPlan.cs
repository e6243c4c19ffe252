namespace LayerGrad.Measuring.Kernels;

/// <summary>What a kernel is going to take, said before it is computed.</summary>
/// <param name="Examples">Examples, those of the test set among them.</param>
/// <param name="Tokens">Their tokens.</param>
/// <param name="Weights">Weights whose gradients are compared.</param>
/// <param name="BackwardOperations">Multiplications and additions of the forward and backward passes.</param>
/// <param name="KernelOperations">Those of the inner products.</param>
/// <param name="OperationsPerSecond">What this machine managed in a matrix product just now.</param>
/// <param name="MemoryBytes">Memory at most.</param>
/// <param name="FactorBytes">The gradients' factors, in memory or on disk.</param>
/// <param name="FactorsOnDisk">Whether they are kept on disk.</param>
/// <param name="OutputBytes">The kernel itself.</param>
internal sealed record KernelPlan(
    int Examples, long Tokens, int Weights, double BackwardOperations, double KernelOperations, double OperationsPerSecond,
    long MemoryBytes, long FactorBytes, bool FactorsOnDisk, long OutputBytes)
{
    /// <summary>The time that it may take.</summary>
    public TimeSpan EstimatedTime => TimeSpan.FromSeconds((BackwardOperations + KernelOperations) / OperationsPerSecond);
}
