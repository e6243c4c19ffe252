namespace LayerGrad.Tests.Support;

/// <summary>Programs of the machine that some tests use.</summary>
internal static class Tools
{
    /// <summary>Where a program lies on the PATH, or null.</summary>
    public static string? Find(params string[] names) => names.SelectMany(name => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);
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
