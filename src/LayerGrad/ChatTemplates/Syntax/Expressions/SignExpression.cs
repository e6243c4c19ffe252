using LayerGrad.ChatTemplates.Library;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary><c>-operand</c> or <c>+operand</c>.</summary>
internal sealed class SignExpression(Position position, Expression operand, bool isNegative) : Expression(position)
{
    protected override Value Compute(Scope scope)
    {
        var negative = Operators.Negate(operand.Evaluate(scope));
        return isNegative ? negative : Operators.Negate(negative);
    }
}
