namespace LayerGrad.Compute;

/// <summary>The factorizations of the system's LAPACK, or the managed ones where there is none.</summary>
internal static class Factorizations
{
    /// <summary>Makes a set with workspaces of its own, for one thread.</summary>
    public static IFactorizations Create() => BlasLibrary.Available ? new LapackFactorizations() : new ManagedFactorizations();
}
