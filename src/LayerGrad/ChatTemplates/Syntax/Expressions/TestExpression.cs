using LayerGrad.ChatTemplates.Library;
using LayerGrad.ChatTemplates.Values;

namespace LayerGrad.ChatTemplates.Syntax.Expressions;

/// <summary><c>value is test(arguments)</c>.</summary>
internal sealed class TestExpression(Position position, Expression value, string test, ArgumentList arguments) : Expression(position)
{
    protected override Value Compute(Scope scope) =>
        BooleanValue.Of(Tests.Passes(test, value.Evaluate(scope), arguments.Evaluate(test, scope)));
}
