using LayerGrad.ChatTemplates.Library;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary><c>left symbol right</c> for an arithmetic operator.</summary>
internal sealed class ArithmeticExpression(Position position, string symbol, Expression left, Expression right) : Expression(position)
{
    protected override Value Compute(Scope scope) => Operators.Arithmetic(symbol, left.Evaluate(scope), right.Evaluate(scope), scope.Budget);
}
