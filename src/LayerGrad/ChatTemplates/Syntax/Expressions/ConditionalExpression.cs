using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary><c>then if condition else otherwise</c>.</summary>
internal sealed class ConditionalExpression(Position position, Expression condition, Expression then, Expression? otherwise) : Expression(position)
{
    protected override Value Compute(Scope scope)
    {
        if (condition.Evaluate(scope).IsTrue)
            return then.Evaluate(scope);
        return otherwise?.Evaluate(scope)
            ?? new UndefinedValue("the inline if-expression evaluated to false and no else section was defined.");
    }
}
