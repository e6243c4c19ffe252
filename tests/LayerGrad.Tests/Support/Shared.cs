namespace LayerGrad.Tests.Support;

/// <summary>The folder <c>shared</c> beside the repository: reference values, checkpoints and datasets that only tests read.</summary>
internal static class Shared
{
    /// <summary>The repository's root folder.</summary>
    public static string Repository { get; } = FindRepository();

    /// <summary>The folder itself, whether it exists or not.</summary>
    public static string Root { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(Repository, "..", "shared"));

    /// <summary>Whether the folder is there.</summary>
    public static bool Exists => Directory.Exists(Root);

    /// <summary>A path below the folder.</summary>
    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    private static string FindRepository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(System.IO.Path.Combine(folder, "LayerGrad.slnx")))
            folder = System.IO.Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("not inside the repository");
        return folder;
    }
}
