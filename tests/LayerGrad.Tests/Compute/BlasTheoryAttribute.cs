using LayerGrad.Compute;

namespace LayerGrad.Tests.Compute;

/// <summary>A theory about the system's BLAS and LAPACK, skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BlasTheoryAttribute : TheoryAttribute
{
    public BlasTheoryAttribute()
    {
        if (!BlasLibrary.Available)
            Skip = "no BLAS library here";
    }
}
