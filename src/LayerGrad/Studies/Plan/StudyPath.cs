namespace LayerGrad.Studies.Plan;

/// <summary>Paths and names in a study's file.</summary>
internal static class StudyPath
{
    /// <summary>Whether a text can only mean something on this machine, not a name on the hub.</summary>
    public static bool LooksLocal(string text) =>
        Path.IsPathRooted(text) || text.StartsWith('.') || text.StartsWith('~') || text.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) || text.Count(letter => letter == '/') != 1;

    /// <summary>The full path where the text names something on this machine; otherwise the text.</summary>
    public static string Resolve(string text, string home)
    {
        var path = Full(text, home);
        return LooksLocal(text) || File.Exists(path) || Directory.Exists(path) ? path : text;
    }

    /// <summary>The full path of a text that is a path: relative to the study's file, or to the user's folder after <c>~/</c>.</summary>
    public static string Full(string text, string home) => text.StartsWith("~/", StringComparison.Ordinal)
        ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), text[2..])
        : Path.GetFullPath(text, home);
}
