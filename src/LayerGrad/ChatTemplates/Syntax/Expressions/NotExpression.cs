using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary><c>not operand</c>.</summary>
internal sealed class NotExpression(Position position, Expression operand) : Expression(position)
{
    protected override Value Compute(Scope scope) => BooleanValue.Of(!operand.Evaluate(scope).IsTrue);
}
