namespace LayerGrad.Tests.Support;

/// <summary>A test in a real Chromium; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    /// <summary>Why a test is skipped.</summary>
    public const string Missing = "needs Chromium (apt install chromium)";

    public BrowserFactAttribute()
    {
        if (Browser is null)
            Skip = Missing;
    }

    /// <summary>The browser's program.</summary>
    public static string? Browser => Tools.Find("chromium", "chromium-browser", "google-chrome");
}

/// <summary>A test of several cases in a real Chromium; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute()
    {
        if (BrowserFactAttribute.Browser is null)
            Skip = BrowserFactAttribute.Missing;
    }
}
