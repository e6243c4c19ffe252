namespace LayerGrad.Tests.Support;

/// <summary>A fact that takes long: it runs where every case is asked for, on Linux.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class WholeExtentFactAttribute : FactAttribute
{
    public WholeExtentFactAttribute()
    {
        if (!Extent.IsWhole || !OperatingSystem.IsLinux())
            Skip = "takes long; ./test --all runs it, on Linux";
    }

    /// <summary>Whether it links machine code.</summary>
    public bool NeedsLinker
    {
        get;
        init
        {
            field = value;
            if (value && Skip is null && Tools.Find("clang", "gcc") is null)
                Skip = "needs a linker (apt install gcc zlib1g-dev)";
        }
    }
}
