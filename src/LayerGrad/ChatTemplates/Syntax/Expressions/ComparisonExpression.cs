using LayerGrad.ChatTemplates.Library;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary><c>a &lt; b &lt;= c</c>: a chain that holds where every link does.</summary>
internal sealed class ComparisonExpression(Position position, Expression first, IReadOnlyList<KeyValuePair<string, Expression>> links) : Expression(position)
{
    protected override Value Compute(Scope scope)
    {
        var left = first.Evaluate(scope);
        foreach (var (symbol, operand) in links)
        {
            var right = operand.Evaluate(scope);
            if (!Operators.Holds(symbol, left, right, scope.Budget))
                return BooleanValue.False;
            left = right;
        }

        return BooleanValue.True;
    }
}
