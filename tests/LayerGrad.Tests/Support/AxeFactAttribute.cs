namespace LayerGrad.Tests.Support;

/// <summary>A test of a page's accessibility: needs a real Chromium, and axe-core from tests/npm; skipped where either is missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class AxeFactAttribute : FactAttribute
{
    /// <summary>axe-core's script (MPL-2.0), which looks at a page; it is a tool of the tests, and no part of what LayerGrad ships.</summary>
    public static readonly string Script = Path.Combine(Shared.Repository, "tests", "npm", "node_modules", "axe-core", "axe.min.js");

    public AxeFactAttribute()
    {
        if (BrowserFactAttribute.Browser is null)
            Skip = BrowserFactAttribute.Missing;
        else if (!File.Exists(Script))
            Skip = "needs axe-core of tests/npm; run scripts/install-test-tools";
    }
}
