using LayerGrad.Analysis.Output;
using Spectre.Console;

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
    /// <param name="format">In which format it is.</param>
    public static void Write(string? file, string text, string format)
    {
        if (file is null)
        {
            Terminal.Show(text, isCsv: string.Equals(format, "csv", StringComparison.Ordinal));
            return;
        }

        WholeFile.Write(file, text);
        Terminal.Tell($"Wrote {file}.");
    }

    /// <summary>Writes tables with notes below, or a text in another format.</summary>
    /// <param name="file">The file, or null for the terminal.</param>
    /// <param name="format">The format.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="notes">What a reader must know.</param>
    /// <param name="written">The text in the format, where that is not <see cref="Text"/>.</param>
    public static void WriteTables(string? file, string format, IEnumerable<ResultTable> tables, IReadOnlyList<string> notes, string? written)
    {
        if (file is null && string.Equals(format, Text, StringComparison.Ordinal))
            TableText.Print(Print);
        else
            Write(file, written ?? TableText.Plain(Print), format);

        void Print(IAnsiConsole console)
        {
            var first = true;
            foreach (var table in tables)
            {
                if (!first)
                    console.WriteLine();
                first = false;
                TableText.Print(console, table);
            }

            TableText.PrintNotes(console, notes);
        }
    }
}
