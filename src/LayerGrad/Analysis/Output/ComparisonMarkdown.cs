using System.Text;
using LayerGrad.Analysis.Estimation;

namespace LayerGrad.Analysis.Output;

/// <summary>A comparison as Markdown with pipe tables.</summary>
internal static class ComparisonMarkdown
{
    /// <summary>The tables, then warnings and notes.</summary>
    public static string Of(ComparisonResult result)
    {
        var text = new StringBuilder();
        foreach (var table in ComparisonTables.Of(result))
        {
            text.Append("### ").Append(Escape(table.Title)).Append("\n\n");
            AppendRow(text, table.Columns.Select(column => column.Heading));
            text.Append('|').AppendJoin('|', table.Columns.Select(column => column.IsNumber ? "---:" : "---")).Append("|\n");
            foreach (var row in table.Rows)
                AppendRow(text, row);
            text.Append('\n').Append(Escape(table.Caption)).Append("\n\n");
        }

        var remarks = Remarks(result);
        if (remarks.Count > 0)
            text.Append("### Notes\n\n");
        foreach (var remark in remarks)
            text.Append("- ").Append(Escape(remark)).Append('\n');
        return text.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>Where raw and controlled differences disagree over all projections, then the notes.</summary>
    public static IReadOnlyList<string> Remarks(ComparisonResult result) =>
    [
        .. result.Lengths.Where(length => length.Warning is not null && length.Projection == LengthAnalysis.AllProjections)
            .Select(length => $"Warning: {length.Set} and {length.Reference}, {length.Metric}: {length.Warning}."),
        .. result.Notes,
    ];

    private static void AppendRow(StringBuilder text, IEnumerable<string> cells) =>
        text.Append("| ").AppendJoin(" | ", cells.Select(Escape)).Append(" |\n");

    /// <summary>Labels come from users and file names: nothing in them is markup.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var character in PlainText.Escape(text.ReplaceLineEndings(" ")))
            escaped.Append(character is '|' or '_' or '*' or '`' or '<' or '\\' or '#' ? "\\" : "").Append(character);
        return escaped.ToString();
    }
}
