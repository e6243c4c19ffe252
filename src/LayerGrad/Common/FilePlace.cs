namespace LayerGrad;

/// <summary>Whether two paths lead to one file.</summary>
internal static class FilePlace
{
    private static readonly StringComparison s_comparison = OperatingSystem.IsLinux() ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;

    /// <summary>Whether two paths lead to the same place, by whatever links.</summary>
    public static bool IsSame(string one, string other) => string.Equals(Of(one), Of(other), s_comparison);

    /// <summary>The place to which a path leads once all links on its way are followed; what is not there may be named too.</summary>
    private static string Of(string path)
    {
        var full = Path.GetFullPath(path);
        FileSystemInfo place = Directory.Exists(full) ? new DirectoryInfo(full) : new FileInfo(full);
        if (place.LinkTarget is not null && place.ResolveLinkTarget(returnFinalTarget: true) is { } target)
            return Of(target.FullName);
        return Path.GetDirectoryName(full) is { } folder ? Path.Combine(Of(folder), Path.GetFileName(full)) : full;
    }
}
