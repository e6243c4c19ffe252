using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary><c>left and right</c> or <c>left or right</c>; the right one is evaluated only where it decides.</summary>
internal sealed class LogicalExpression(Position position, bool isAnd, Expression left, Expression right) : Expression(position)
{
    protected override Value Compute(Scope scope)
    {
        var value = left.Evaluate(scope);
        return value.IsTrue == isAnd ? right.Evaluate(scope) : value;
    }
}
