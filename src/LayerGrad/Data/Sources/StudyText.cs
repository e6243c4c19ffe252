using System.Text;

namespace LayerGrad.Data.Sources;

/// <summary>The habits of the study's texts.</summary>
internal static class StudyText
{
    /// <summary>Line feeds as the two characters <c>\n</c>: so they stand in the study's instructions, and models were measured on them.</summary>
    public static string Escape(string text) => text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    /// <summary>Two spaces become one.</summary>
    public static string JoinSpaces(string text) => text.Replace("  ", " ", StringComparison.Ordinal);

    /// <summary>A text that ends in a full stop.</summary>
    public static string EndWithStop(string text) => text.EndsWith('.') ? text : text + ".";

    /// <summary>
    /// A field as CSV readers see it: the quotation marks around its beginning are dropped. The study read tables in
    /// which these marks were meant literally, so its texts lack them.
    /// </summary>
    public static string Unquote(string field)
    {
        if (!field.StartsWith('"'))
            return field;
        var text = new StringBuilder();
        var i = 1;
        for (; i < field.Length; i++)
        {
            if (field[i] == '"')
            {
                if (i + 1 == field.Length || field[i + 1] != '"')
                    break;
                i++;
            }

            text.Append(field[i]);
        }

        return text.Append(field.AsSpan(Math.Min(i + 1, field.Length))).ToString();
    }
}
