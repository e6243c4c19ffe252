using LayerGrad.Analysis.Output;
using Spectre.Console;

namespace LayerGrad.Cli;

/// <summary>
/// Makes a table fit the terminal without losing a column or cutting a number: first labels and headings take several lines, then
/// intervals a line of their own below their values, and at last the columns are dealt to several tables, each with the labels in front.
/// </summary>
internal static class TableLayout
{
    /// <summary>Around a column: a blank before it and two behind.</summary>
    private const int Around = 3;

    /// <summary>A name without a blank is broken where it is longer than this.</summary>
    private const int LongestWord = 24;

    /// <summary>The table in as many parts as its width needs; one for most.</summary>
    /// <param name="table">The table; what comes from files in it is escaped.</param>
    /// <param name="width">The width of the terminal, in cells.</param>
    public static IReadOnlyList<ResultTable> Fit(ResultTable table, int width)
    {
        var plain = table with { Rows = [.. table.Rows.Select(row => (IReadOnlyList<string>)[.. row.Select(PlainText.Escape)])] };
        if (Width(plain) <= width)
            return [plain];
        var labelled = WithLabels(WithHeadings(plain), width);
        if (Width(labelled) <= width)
            return [labelled];
        var broken = WithHeadings(WithIntervals(plain));
        labelled = WithLabels(broken, width);
        return Width(labelled) <= width ? [labelled] : Parts(broken, width);
    }

    private static int Width(ResultTable table) => 1 + Enumerable.Range(0, table.Columns.Count).Sum(column => Around + ColumnWidth(table, column));

    private static int ColumnWidth(ResultTable table, int column) =>
        Math.Max(Cells(table.Columns[column].Heading), table.Rows.Select(row => Cells(row[column])).DefaultIfEmpty(0).Max());

    /// <summary>The cells of the widest line of a text.</summary>
    private static int Cells(string text) => text.Split('\n').Max(line => line.GetCellWidth());

    /// <summary>Headings that are wider than what stands below them, a word a line where they must.</summary>
    private static ResultTable WithHeadings(ResultTable table) => table with
    {
        Columns = [.. table.Columns.Select((column, i) => column with { Heading = Wrap(column.Heading, table.Rows.Select(row => Cells(row[i])).DefaultIfEmpty(0).Max()) })],
    };

    private static ResultTable WithIntervals(ResultTable table) => table with
    {
        Rows = [.. table.Rows.Select(row => (IReadOnlyList<string>)[.. row.Select((cell, column) => table.Columns[column].IsNumber ? cell.Replace(" [", "\n[", StringComparison.Ordinal) : cell)])],
    };

    /// <summary>Labels in as many lines as are needed, the widest column first, until the table fits or no label can be narrower.</summary>
    private static ResultTable WithLabels(ResultTable table, int width)
    {
        while (Width(table) > width)
        {
            var narrower = Enumerable.Range(0, table.Columns.Count).Where(column => !table.Columns[column].IsNumber).OrderByDescending(column => ColumnWidth(table, column))
                .Select(column => Narrower(table, column)).FirstOrDefault(changed => Width(changed) < Width(table));
            if (narrower is null)
                return table;
            table = narrower;
        }

        return table;
    }

    private static ResultTable Narrower(ResultTable table, int column)
    {
        var most = ColumnWidth(table, column) - 1;
        string Wrapped(string text) => Wrap(text.Replace('\n', ' '), most);
        return table with
        {
            Columns = [.. table.Columns.Select((each, i) => i == column ? each with { Heading = Wrapped(each.Heading) } : each)],
            Rows = [.. table.Rows.Select(row => (IReadOnlyList<string>)[.. row.Select((cell, i) => i == column ? Wrapped(cell) : cell)])],
        };
    }

    /// <summary>Tables side by side in thought: the labels in front, then as many further columns as fit.</summary>
    private static List<ResultTable> Parts(ResultTable table, int width)
    {
        var labels = Enumerable.Range(0, table.Columns.Count).TakeWhile(column => !table.Columns[column].IsNumber).ToArray();
        if (labels.Length == 0)
            labels = [0];
        var parts = new List<ResultTable>();
        var at = labels.Length;
        while (at < table.Columns.Count)
        {
            var taken = 1;
            while (at + taken < table.Columns.Count && Width(WithLabels(Part(table, [.. labels, .. Enumerable.Range(at, taken + 1)]), width)) <= width)
                taken++;
            parts.Add(WithLabels(Part(table, [.. labels, .. Enumerable.Range(at, taken)]), width));
            at += taken;
        }

        return parts;
    }

    private static ResultTable Part(ResultTable table, int[] columns) => table with
    {
        Columns = [.. columns.Select(column => table.Columns[column])],
        Rows = [.. table.Rows.Select(row => (IReadOnlyList<string>)[.. columns.Select(column => row[column])])],
    };

    /// <summary>A text broken at its blanks into lines of at most so many cells, where its words allow.</summary>
    private static string Wrap(string text, int most)
    {
        if (text.GetCellWidth() <= most)
            return text;
        var lines = new List<string>();
        foreach (var word in text.Split(' ').SelectMany(Pieces))
        {
            if (lines.Count > 0 && lines[^1].GetCellWidth() + 1 + word.GetCellWidth() <= most)
                lines[^1] = $"{lines[^1]} {word}";
            else
                lines.Add(word);
        }

        return string.Join('\n', lines);
    }

    private static IEnumerable<string> Pieces(string word) => word.Length <= LongestWord ? [word] : word.Chunk(LongestWord).Select(piece => new string(piece));
}
