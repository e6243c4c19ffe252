namespace LayerGrad.Compute;

/// <summary>The factorizations of the system's LAPACK, or the managed ones where there is none.</summary>
internal static class Factorizations
{
    /// <summary>Makes a set with workspaces of its own, for one thread.</summary>
    /// <param name="counter">Is told of the workspaces.</param>
    public static IFactorizations Create(MemoryCounter counter) =>
        BlasLibrary.Available ? new LapackFactorizations(counter) : new ManagedFactorizations(counter);
}
