using System.Globalization;
using LayerGrad.Analysis;
using LayerGrad.Analysis.Output;
using Spectre.Console;

namespace LayerGrad.Cli;

/// <summary>A comparison on a terminal.</summary>
internal static class ComparisonText
{
    /// <summary>A width that a table in a file may take.</summary>
    private const int PlainWidth = 110;

    /// <summary>Prints to the terminal, in colour where it has any; plainly into a pipe or file.</summary>
    public static void Print(ComparisonResult result)
    {
        if (Console.IsOutputRedirected)
            Console.Write(Plain(result));
        else
            Print(AnsiConsole.Console, result);
    }

    /// <summary>The same as plain text, for a file.</summary>
    public static string Plain(ComparisonResult result)
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
        Print(console, result);
        return string.Join('\n', text.ToString().ReplaceLineEndings("\n").Split('\n').Select(line => line.TrimEnd()));
    }

    private static void Print(IAnsiConsole console, ComparisonResult result)
    {
        var first = true;
        foreach (var table in ComparisonTables.Of(result))
        {
            if (!first)
                console.WriteLine();
            first = false;
            if (string.Equals(table.Name, "findings", StringComparison.Ordinal))
                PrintFindings(console, result, table);
            else
                PrintTable(console, table);
        }

        var remarks = ComparisonMarkdown.Remarks(result);
        if (remarks.Count == 0)
            return;
        console.WriteLine();
        console.MarkupLine("[bold]Notes[/]");
        foreach (var remark in remarks)
            PrintIndented(console, "• ", remark);
    }

    private static void PrintTable(IAnsiConsole console, ResultTable table)
    {
        console.MarkupLineInterpolated($"[bold]{table.Title}[/]");
        var grid = new Table { Border = TableBorder.Simple, ShowHeaders = true };
        for (var i = 0; i < table.Columns.Count; i++)
        {
            // Where the table is wider than the terminal the labels in front give way, not the numbers.
            grid.AddColumn(new TableColumn(new Text(table.Columns[i].Heading))
            {
                Alignment = table.Columns[i].IsNumber ? Justify.Right : Justify.Left,
                NoWrap = i > 0,
                Padding = new Padding(0, 0, 2, 0),
            });
        }

        for (var row = 0; row < table.Rows.Count; row++)
        {
            var repeated = row > 0 && string.Equals(table.Rows[row][0], table.Rows[row - 1][0], StringComparison.Ordinal);
            grid.AddRow(table.Rows[row].Select((cell, column) => new Text(repeated && column == 0 ? "" : cell)));
        }

        console.Write(grid);
        console.MarkupLineInterpolated($"[grey]{table.Caption}[/]");
    }

    /// <summary>A claim a line with its verdict in front; what the number means stands below in grey.</summary>
    private static void PrintFindings(IAnsiConsole console, ComparisonResult result, ResultTable table)
    {
        console.MarkupLineInterpolated($"[bold]{table.Title}[/]");
        console.WriteLine();
        var grid = new Grid();
        grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(2, 0, 2, 0) });
        grid.AddColumn(new GridColumn { Padding = new Padding(0, 0, 2, 0) });
        grid.AddColumn(new GridColumn { NoWrap = true, Alignment = Justify.Right, Padding = new Padding(0, 0, 0, 0) });
        for (var i = 0; i < result.Findings.Count; i++)
        {
            var finding = result.Findings[i];
            var colour = finding.Verdict switch { Verdict.Holds => "green", Verdict.DoesNotHold => "red", _ => "yellow" };
            var sets = string.Join("; ", finding.Sets);
            grid.AddRow(
                new Markup($"[{colour}]{ComparisonTables.Words(finding.Verdict)}[/]"),
                new Markup($"{Markup.Escape(finding.Claim)}\n[grey]{Markup.Escape($"{sets}: {table.Rows[i][^1]}")}[/]"),
                new Text(table.Rows[i][3]));
        }

        console.Write(grid);
        console.MarkupLineInterpolated($"[grey]{table.Caption}[/]");
    }

    private static void PrintIndented(IAnsiConsole console, string bullet, string text)
    {
        var grid = new Grid();
        grid.AddColumn(new GridColumn { NoWrap = true, Padding = new Padding(2, 0, 0, 0) });
        grid.AddColumn(new GridColumn { Padding = new Padding(0, 0, 0, 0) });
        grid.AddRow(new Text(bullet), new Text(text));
        console.Write(grid);
    }
}
