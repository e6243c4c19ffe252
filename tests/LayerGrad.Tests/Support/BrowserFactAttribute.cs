namespace LayerGrad.Tests.Support;

/// <summary>A test in a real Chromium; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute()
    {
        if (Browser is null)
            Skip = "needs Chromium (apt install chromium)";
    }

    /// <summary>The browser's program.</summary>
    public static string? Browser => Tools.Find("chromium", "chromium-browser", "google-chrome");
}
