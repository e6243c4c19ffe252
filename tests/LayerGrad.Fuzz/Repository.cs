namespace LayerGrad.Fuzz;

/// <summary>Where the repository is.</summary>
internal static class Repository
{
    /// <summary>Its root folder.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "LayerGrad.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("not inside the repository");
        return folder;
    }
}
