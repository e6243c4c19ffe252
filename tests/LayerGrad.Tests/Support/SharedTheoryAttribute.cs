namespace LayerGrad.Tests.Support;

/// <summary>A theory that reads the folder <c>shared</c> beside the repository; skipped where that is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute()
    {
        if (!Shared.Exists)
            Skip = $"needs the reference values in {Shared.Root}";
    }
}
