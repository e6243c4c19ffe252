using System.Globalization;
using LayerGrad.Analysis.Output;
using Spectre.Console;

namespace LayerGrad.Cli;

/// <summary>Tables of results on a terminal, or as plain text.</summary>
internal static class TableText
{
    /// <summary>A width that a table in a file may take.</summary>
    private const int PlainWidth = 110;

    /// <summary>Prints to the terminal, in colour where it has any; plainly into a pipe or file.</summary>
    /// <param name="print">Prints to a console.</param>
    public static void Print(Action<IAnsiConsole> print)
    {
        if (Console.IsOutputRedirected)
            Console.Write(Plain(print));
        else
            print(AnsiConsole.Console);
    }

    /// <summary>The same as plain text, for a file.</summary>
    /// <param name="print">Prints to a console.</param>
    public static string Plain(Action<IAnsiConsole> print)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = PlainWidth;
        print(console);
        return string.Join('\n', text.ToString().ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()));
    }

    /// <summary>Prints a table with its title above and its caption below.</summary>
    public static void Print(IAnsiConsole console, ResultTable table)
    {
        console.MarkupLine($"[bold]{Terminal.Markup(table.Title)}[/]");
        foreach (var part in TableLayout.Fit(table, console.Profile.Width))
            console.Write(Grid(part));
        console.MarkupLine($"[grey]{Terminal.Markup(table.Caption)}[/]");
    }

    private static Table Grid(ResultTable table)
    {
        var grid = new Table { Border = TableBorder.Simple, ShowHeaders = true };
        for (var i = 0; i < table.Columns.Count; i++)
        {
            grid.AddColumn(new TableColumn(new Text(table.Columns[i].Heading))
            {
                Alignment = table.Columns[i].IsNumber ? Justify.Right : Justify.Left,
                NoWrap = true,
                Padding = new Padding(0, 0, 2, 0),
            });
        }

        for (var row = 0; row < table.Rows.Count; row++)
        {
            var repeated = row > 0 && string.Equals(table.Rows[row][0], table.Rows[row - 1][0], StringComparison.Ordinal);
            grid.AddRow(table.Rows[row].Select((cell, column) => new Text(repeated && column == 0 ? "" : cell)));
        }

        return grid;
    }

    /// <summary>Prints notes, one to a line.</summary>
    public static void PrintNotes(IAnsiConsole console, IReadOnlyList<string> notes)
    {
        if (notes.Count == 0)
            return;
        console.WriteLine();
        console.MarkupLine("[bold]Notes[/]");
        foreach (var note in notes)
            PrintIndented(console, "• ", note);
    }

    private static void PrintIndented(IAnsiConsole console, string bullet, string text)
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(2, 0, 0, 0) });
        grid.AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0) });
        grid.AddRow(new Text(bullet), new Text(PlainText.Escape(text)));
        console.Write(grid);
    }
}
