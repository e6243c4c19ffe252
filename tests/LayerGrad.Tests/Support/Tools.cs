namespace LayerGrad.Tests.Support;

/// <summary>Programs of the machine that some tests use.</summary>
internal static class Tools
{
    /// <summary>Where a program lies on the PATH, or null.</summary>
    public static string? Find(params string[] names) => names.SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
}

/// <summary>A test that needs a program that turns SVG into PNG; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PngToolFactAttribute : FactAttribute
{
    public PngToolFactAttribute()
    {
        if (Tools.Find("rsvg-convert", "chromium", "chromium-browser", "google-chrome") is null)
            Skip = "needs rsvg-convert (apt install librsvg2-bin) or Chromium";
    }
}

/// <summary>A test that needs pdftotext; skipped where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class PdfToolFactAttribute : FactAttribute
{
    public PdfToolFactAttribute()
    {
        if (Tools.Find("pdftotext") is null)
            Skip = "needs pdftotext (apt install poppler-utils)";
    }
}
