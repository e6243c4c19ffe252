using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary><c>owner[key]</c>.</summary>
internal sealed class SubscriptExpression(Position position, Expression owner, Expression key) : Expression(position)
{
    protected override Value Compute(Scope scope) => owner.Evaluate(scope).Subscript(key.Evaluate(scope));
}
