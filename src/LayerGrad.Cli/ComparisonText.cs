using LayerGrad.Analysis;
using LayerGrad.Analysis.Output;
using Spectre.Console;

namespace LayerGrad.Cli;

/// <summary>A comparison on a terminal.</summary>
internal static class ComparisonText
{
    /// <summary>Prints to the terminal, in colour where it has any; plainly into a pipe or file.</summary>
    public static void Print(ComparisonResult result) => TableText.Print(console => Print(console, result));

    /// <summary>The same as plain text, for a file.</summary>
    public static string Plain(ComparisonResult result) => TableText.Plain(console => Print(console, result));

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
                TableText.Print(console, table);
        }

        TableText.PrintNotes(console, ComparisonMarkdown.Remarks(result));
    }

    /// <summary>A claim a line with its verdict in front; what the number means stands below in grey.</summary>
    private static void PrintFindings(IAnsiConsole console, ComparisonResult result, ResultTable table)
    {
        console.MarkupLine($"[bold]{Terminal.Markup(table.Title)}[/]");
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
                new Markup($"{Terminal.Markup(finding.Claim)}\n[grey]{Terminal.Markup($"{sets}: {table.Rows[i][^1]}")}[/]"),
                new Text(table.Rows[i][3]));
        }

        console.Write(grid);
        console.MarkupLine($"[grey]{Terminal.Markup(table.Caption)}[/]");
    }
}
