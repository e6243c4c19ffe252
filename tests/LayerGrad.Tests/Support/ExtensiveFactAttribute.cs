namespace LayerGrad.Tests.Support;

/// <summary>A fact that takes long and reads the folder <c>shared</c>: it runs where every case is asked for, on Linux.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ExtensiveFactAttribute : FactAttribute
{
    public ExtensiveFactAttribute()
    {
        if (!Shared.Exists)
            Skip = $"needs the reference values in {Shared.Root}";
        else if (!Extent.IsWhole || !OperatingSystem.IsLinux())
            Skip = "takes long; ./test --all runs it, on Linux";
    }
}
