namespace LayerGrad.Cli;

/// <summary>Where results go, and in which format.</summary>
internal static class ResultOutput
{
    /// <summary>For the terminal, or as it would look there.</summary>
    public const string Text = "text";

    private static readonly Dictionary<string, string> s_formatOfEnding = new(StringComparer.OrdinalIgnoreCase)
    {
        [".md"] = "markdown",
        [".tex"] = "latex",
        [".csv"] = "csv",
        [".json"] = "json",
    };

    /// <summary>The format that is asked for, or that the file's ending tells.</summary>
    /// <param name="format">What the user wrote after <c>--format</c>, or null.</param>
    /// <param name="file">The file that is written, or null.</param>
    /// <param name="formats">The formats that there are.</param>
    /// <exception cref="InputException">There is no such format.</exception>
    public static string FormatFor(string? format, string? file, string[] formats)
    {
        if (format is null)
            return file is not null && s_formatOfEnding.TryGetValue(Path.GetExtension(file), out var byEnding) && formats.Contains(byEnding, StringComparer.Ordinal) ? byEnding : Text;
        return formats.Contains(format, StringComparer.Ordinal)
            ? format
            : throw new InputException($"--format {format}: no such format; there are {string.Join(", ", formats)}.");
    }

    /// <summary>Writes to a file, or to the terminal.</summary>
    /// <param name="file">The file, or null.</param>
    /// <param name="text">What is written.</param>
    public static void Write(string? file, string text)
    {
        if (file is null)
        {
            Console.Write(text);
            return;
        }

        WholeFile.Write(file, text);
        Console.Error.WriteLine($"Wrote {file}.");
    }
}
