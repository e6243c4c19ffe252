using System.Text;

namespace LayerGrad.Analysis.Output;

/// <summary>A comparison as LaTeX tables for the package booktabs.</summary>
internal static class ComparisonLatex
{
    /// <summary>A <c>table</c> for each table, with caption and label; warnings and notes as comments at the end.</summary>
    public static string Of(ComparisonResult result)
    {
        var text = new StringBuilder("% Needs \\usepackage{booktabs}.\n");
        foreach (var table in ComparisonTables.Of(result))
        {
            text.Append("\n\\begin{table}[t]\n\\centering\n\\small\n");
            text.Append("\\caption{").Append(Escape(table.Title)).Append(". ").Append(Escape(table.Caption)).Append("}\n");
            text.Append("\\label{tab:").Append(table.Name.Replace('_', '-')).Append("}\n");
            text.Append("\\begin{tabular}{").Append(string.Concat(table.Columns.Select(Alignment))).Append("}\n\\toprule\n");
            AppendRow(text, table.Columns.Select(column => column.Heading));
            text.Append("\\midrule\n");
            for (var i = 0; i < table.Rows.Count; i++)
            {
                if (i > 0 && StartsGroup(table, i))
                    text.Append("\\addlinespace\n");
                AppendRow(text, table.Rows[i]);
            }

            text.Append("\\bottomrule\n\\end{tabular}\n\\end{table}\n");
        }

        foreach (var remark in ComparisonMarkdown.Remarks(result))
            text.Append("\n% ").Append(remark.ReplaceLineEndings(" "));
        return text.ToString().TrimEnd('\n') + "\n";
    }

    /// <summary>Long text takes a paragraph's width, so that the table fits a page.</summary>
    private static string Alignment(ResultColumn column) =>
        column.IsNumber ? "r" : string.Equals(column.Heading, "What the number is", StringComparison.Ordinal) ? "p{0.3\\textwidth}" : "l";

    /// <summary>Whether a row is the first of a set, where the set's rows are several.</summary>
    private static bool StartsGroup(ResultTable table, int row) =>
        table.Rows.Select(cells => cells[0]).Distinct(StringComparer.Ordinal).Count() < table.Rows.Count
        && !string.Equals(table.Rows[row][0], table.Rows[row - 1][0], StringComparison.Ordinal);

    private static void AppendRow(StringBuilder text, IEnumerable<string> cells) =>
        text.AppendJoin(" & ", cells.Select(Escape)).Append(" \\\\\n");

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var character in PlainText.Escape(text))
        {
            _ = character switch
            {
                '\\' => escaped.Append("\\textbackslash{}"),
                '&' or '%' or '$' or '#' or '_' or '{' or '}' => escaped.Append('\\').Append(character),
                '~' => escaped.Append("\\textasciitilde{}"),
                '^' => escaped.Append("\\textasciicircum{}"),
                '<' or '>' or '|' => escaped.Append('$').Append(character).Append('$'),
                '–' => escaped.Append("--"),
                '−' => escaped.Append("$-$"),
                'σ' => escaped.Append("$\\sigma$"),
                '₁' => escaped.Append("$_1$"),
                '\n' or '\r' => escaped.Append(' '),
                _ => escaped.Append(character),
            };
        }

        return escaped.ToString();
    }
}
