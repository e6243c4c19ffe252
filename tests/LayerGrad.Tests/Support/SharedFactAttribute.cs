namespace LayerGrad.Tests.Support;

/// <summary>A test that reads the folder <c>shared</c> beside the repository; skipped where that is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute()
    {
        if (!Shared.Exists)
            Skip = $"needs the reference values in {Shared.Root}";
    }
}
