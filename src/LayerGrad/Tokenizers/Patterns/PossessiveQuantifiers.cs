using System.Text;

namespace LayerGrad.Tokenizers.Patterns;

/// <summary>Rewrites the possessive quantifiers <c>?+ *+ ++</c>, which .NET lacks, as the atomic groups that they abbreviate.</summary>
internal static class PossessiveQuantifiers
{
    /// <summary>The expression with <c>(?&gt;X*)</c> for each <c>X*+</c>.</summary>
    public static string ToAtomicGroups(string expression)
    {
        var result = new StringBuilder(expression.Length);
        var groups = new Stack<int>(); // where in the result the open groups start
        var atom = 0; // where in the result the last atom starts
        for (var i = 0; i < expression.Length; i++)
        {
            var current = expression[i];
            switch (current)
            {
                case '?' or '*' or '+' when i + 1 < expression.Length && expression[i + 1] == '+' && result.Length > atom && !IsGroupStart(expression, i):
                    result.Append(current).Insert(atom, "(?>").Append(')');
                    i++;
                    break;
                case '?' or '*' or '+':
                    result.Append(current);
                    break;
                case '(':
                    groups.Push(result.Length);
                    result.Append(current);
                    break;
                case ')':
                    result.Append(current);
                    atom = groups.TryPop(out var group) ? group : atom;
                    break;
                default:
                    atom = result.Length;
                    var length = AtomLength(expression, i);
                    result.Append(expression, i, length);
                    i += length - 1;
                    break;
            }
        }

        return result.ToString();
    }

    private static bool IsGroupStart(string expression, int index) => index > 0 && expression[index - 1] == '(' && (index < 2 || expression[index - 2] != '\\');

    private static int AtomLength(string expression, int start)
    {
        if (expression[start] == '[')
        {
            var depth = 0;
            for (var i = start; i < expression.Length; i++)
            {
                if (expression[i] == '\\')
                    i++;
                else if (expression[i] == '[')
                    depth++;
                else if (expression[i] == ']' && --depth == 0)
                    return i + 1 - start;
            }

            return expression.Length - start;
        }

        if (expression[start] != '\\' || start + 1 == expression.Length)
            return 1;
        if (start + 2 < expression.Length && expression[start + 1] is 'p' or 'P' && expression[start + 2] == '{')
            return Math.Max(expression.IndexOf('}', start) + 1 - start, 2);
        return 2;
    }
}
